import os, sys, time
from tests.integration.prefect_engine.conftest import *
def usage(pid):
    with open(f"/proc/{pid}/stat") as f: p=f.read().rsplit(")",1)[1].split()
    return (int(p[11])+int(p[12]), int(p[13])+int(p[14]))
def test_it(flows, api):
    import multiprocessing.forkserver as fs
    flows.run("orders.called",3)
    pid=fs._forkserver._forkserver_pid
    port=api.split(':')[2].split('/')[0].encode()
    srv=[int(p) for p in os.listdir('/proc') if p.isdigit() and b'server\0start' in open(f'/proc/{p}/cmdline','rb').read() and port in open(f'/proc/{p}/cmdline','rb').read()][0]
    def measure(label, f, n=10):
        a,b,c=usage(pid)[1],sum(usage(srv)),time.process_time(); t=time.perf_counter()
        out=[f() for _ in range(n)]
        time.sleep(1)
        print("MEAS %-20s children %.0f ms server %.0f ms own %.0f wall %.0f"%(label,(usage(pid)[1]-a)*10/n,(sum(usage(srv))-b)*10/n,(time.process_time()-c)*1000/n,(time.perf_counter()-t-1)*1000/n))
    measure("run called", lambda: flows.run("orders.called",3))
    measure("run chain", lambda: flows.run("chains.chain",3))
    measure("10 called", lambda: flows.run_each(*[("orders.called",3)]*10),4)
