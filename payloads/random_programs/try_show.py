import sys
from payloads.random_programs import programs, models
from machines import images
import subprocess, tempfile
def dis(words):
    with tempfile.NamedTemporaryFile(suffix=".bin") as f:
        f.write(b"".join(w.to_bytes(4,"little") for w in words)); f.flush()
        o=subprocess.run(["riscv64-unknown-elf-objdump","-D","-b","binary","-m","riscv:rv64",f.name],capture_output=True,text=True).stdout
    r={}
    for l in o.splitlines():
        p=l.split("\t")
        if len(p)>=3:
            try: r[int(p[0].strip(" :"),16)]=" ".join(p[2:])
            except ValueError: pass
    return [r.get(4*i,"?") for i in range(len(words))]
if sys.argv[1]=="hang":
    guest = programs.guest_file().read_bytes()
    from machines.elf import Elf
    base=Elf(guest,"").symbols["slots"]
    o=models.Qemu(sys.argv[3]).run(guest, programs.Choice(int(sys.argv[2]),1,log=True))
    pr=[programs.Program.of([int(w,0) for w in l.split()[1:]]) for l in o if l.startswith("program ")][0]
    print("wake",hex(pr.wake),"regs",[hex(x) for x in pr.registers]); print(dict(zip(programs.csr_names(),map(hex,pr.csrs))))
    for l in [l for l in o if l.startswith("trap")][-int(sys.argv[4]):]:
        k=dict(w.split("=") for w in l.split()[1:]); print({x:k[x] for x in ("mepc","mcause","mtval","mstatus","mtvec","mie","mip","mideleg","medeleg","stvec","sepc","scause","satp","x3","x4") if x in k})
    print(hex(base), o[-1][:80])
    for j,(w,t) in enumerate(zip(pr.code,dis(pr.code))): print(j,f"{w:08x}",t)
    sys.exit()
guest = programs.guest_file().read_bytes()
hv = models.Qemu(sys.argv[2], images.image("qemu_virt")); bare = models.Qemu(sys.argv[3])
base=None
for s in map(int, sys.argv[1].split(",")):
    c = programs.Choice(s, 1, log=True)
    a=next(iter(programs.logs(bare.run(guest,c))),None); b=next(iter(programs.logs(hv.run(guest,c))),None)
    if not a or not b: print("no log", s, a is None, b is None); continue
    d=dis(a.program.code)
    def kv(l): return dict(w.split("=") for w in l.split()[1:])
    from machines.elf import Elf
    base=Elf(guest,"").symbols["slots"]
    prev=None
    for i,(x,y) in enumerate(zip(a.lines+["end-"],b.lines+["end-"])):
        if x!=y:
            kx,ky=kv(x),kv(y)
            def slot(v): v=int(v,16)-base; return f"slot {v//16}+{v%16}" if 0<=v<1024 else hex(v+base)
            print(f"seed {s} trap {i} of {len(a.lines)}/{len(b.lines)}  identical hash {a.hash==b.hash}")
            if prev: print("   before: mepc", slot(prev.get("mepc","0x0")), "mcause", prev.get("mcause"), "mstatus", prev.get("mstatus"), "tp", prev["x4"])
            for k in sorted(set(kx)|set(ky)):
                if kx.get(k)!=ky.get(k): print("    ",k,"bare",kx.get(k),"hv",ky.get(k), (slot(kx[k])+" "+slot(ky[k])) if k=="mepc" and k in kx and k in ky else "")
            print("     at", slot(kx.get("mepc","0x0")), "mcause", kx.get("mcause"), "mstatus", kx.get("mstatus"))
            lo=int(prev["x4"],16) if prev else 0
            for j in range(lo, min(lo+10,50)): print("        ",j,f"{a.program.code[j]:08x}",d[j])
            break
        prev=kv(x)
