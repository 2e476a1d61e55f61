"""Which flights out of New York arrive late: an example pipeline of plain functions."""
