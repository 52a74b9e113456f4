import sys, time
from payloads.random_programs import programs, models
from machines import images
first, count, cpu_hv, cpu_bare = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
shown = frozenset(sys.argv[5:])
guest = programs.guest_file().read_bytes()
hv = models.Qemu(cpu_hv, images.image("qemu_virt")); bare = models.Qemu(cpu_bare)
tot=bad=0; t=[0,0]
for f, n in programs.chunks(first, count):
    c = programs.Choice(f, n, shown=shown)
    t0=time.time(); a = bare.run(guest, c); t1=time.time(); b = hv.run(guest, c); t2=time.time()
    t[0]+=t1-t0; t[1]+=t2-t1
    la={l.seed:l.hash for l in programs.logs(a)}; lb={l.seed:l.hash for l in programs.logs(b)}
    if len(la)!=n or len(lb)!=n: print("incomplete", f, n, len(la), len(lb), a[-1:], b[-1:])
    d=[s for s in la if s in lb and la[s]!=lb[s]]; bad+=len(d); tot+=len(la)
    print(f, n, "differ:", d[:20], flush=True)
print(tot, "bad", bad, t)
