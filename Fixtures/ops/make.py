"""Makes the cases of every operator: runs each OP/make.py. `make.py Add Conv` runs only those."""
import pathlib
import runpy
import sys
import warnings

warnings.filterwarnings("ignore", category=RuntimeWarning)  # NaN and infinity are among the inputs
here = pathlib.Path(__file__).resolve().parent
names = sys.argv[1:] or sorted(p.parent.name for p in here.glob("*/make.py"))
failed = []
for name in names:
    try:
        runpy.run_path(str(here / name / "make.py"))
    except (Exception, SystemExit) as error:
        failed.append(name)
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
files = [p for n in names for p in (here / n).rglob("*") if p.is_file()]
cases = sum(p.name == "model.onnx" for p in files)
print(f"{len(names)} operators, {cases} cases, {sum(p.stat().st_size for p in files)} bytes")
sys.exit(1 if failed else 0)
