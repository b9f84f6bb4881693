"""Serving side by side: requests per second and latency at 1, 8 and 32 clients, cold start, memory, soak, `explain`.

    python benchmarks/serving.py [--models deepfm ...] [--soak 600] [--peers FOLDER]

Of the flagships unless other networks are named. All variants of a network are loaded at the same time and asked in
turns, round after round; ratios are taken within a round. Triton takes part where MULTIMODAL_ZOO_TRITON names its
folder, ONNX Runtime and OpenVINO where `--peers` names the folder they are installed in; those that do not are named in
the note. Clients of the C API are threads of a C program (load_c_api.c), those of the others threads of a Python
program (serving_load.py), which is itself a limit.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parent
# Beside this file, and the C programs and the server that the tests have.
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS.parent / "tests")]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
from experiment import write_result  # noqa: E402
from export.c_api.program import HERE as C_PROGRAMS  # noqa: E402
from export.c_api.program import compile_program  # noqa: E402
from export.triton_server import TritonServer, triton_folder  # noqa: E402
from flagships import FLAGSHIPS  # noqa: E402
from serving_models import SIGNATURES, Served, serve  # noqa: E402

from multimodal_zoo.export import InGraphBatching  # noqa: E402
from multimodal_zoo.registry import list_models  # noqa: E402

CLIENTS = (1, 8, 32)
PLAIN = "C API"
# One that never makes a request wait while the network is idle, and one for clients as many as its batch: while one of
# its batches is computed the next one is, on the cores that the first leaves idle.
BATCHINGS = {
    "C API, in-graph batching": InGraphBatching(),
    "C API, in-graph batching of 8, 1 ms, 2 threads": InGraphBatching(max_batch_size=8, timeout_ms=1.0, threads=2),
}
# Whether TensorFlow computes with oneDNN, which it chooses by the processor where nothing is said: batches of
# convolutions and recurrent layers gain by it, single records lose.
ONE_DNN = {"": "0", ", oneDNN": "1"}
COPIES, STARTS = 6, 5
# A worker and the number of the model in it.
Variants = dict[str, tuple["Worker", int]]


class Worker:
    """A process that loads models, says so line by line, and then runs clients as it is told on stdin."""

    def __init__(self, command: list[Any], models: int = 1, environment: dict[str, str] | None = None) -> None:
        # Kept to be shown if the process dies.
        self._errors = tempfile.TemporaryFile(mode="w+", errors="replace")
        self._process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.loaded = [self._line() for _ in range(models)]

    def _line(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._errors.seek(0)
            raise RuntimeError(f"{self._process.args} ended with status {status}:\n{self._errors.read()[-4000:]}")
        return json.loads(line)

    def run(self, model: int, clients: int, seconds: float) -> dict[str, Any]:
        """Let `clients` ask a model for that long."""
        print(model, clients, seconds, file=self._process.stdin, flush=True)
        return self._line()

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait(60)
        self._errors.close()


@contextlib.contextmanager
def variants_of(served: Served, folder: Path, load: Path, peers: Path | None) -> Iterator[Variants]:
    """Worker and model number of everything that can be asked, by its name."""
    name = served.bundle.card.name
    with contextlib.ExitStack() as stack:

        def worker(*arguments: Any, models: int = 1, **environment: str) -> Worker:
            one = Worker([*arguments], models, environment)
            stack.callback(one.close)
            return one

        default = served.requests["serving_default"]
        exports = {PLAIN: served.plain, **served.batching}
        arguments = [part for one in exports.values() for part in (one, "serving_default", default)]
        variants = {}
        for suffix, switch in ONE_DNN.items():
            in_c = worker(load, *arguments, models=len(exports), TF_ENABLE_ONEDNN_OPTS=switch)
            variants |= {f"{title}{suffix}": (in_c, number) for number, title in enumerate(exports)}
        python = (sys.executable, BENCHMARKS / "serving_load.py")
        bundle = folder / "bundles" / name
        if triton_folder() is not None:
            server = stack.enter_context(TritonServer(folder / "triton", folder / "triton.log", triton_folder()))
            variants["Triton, gRPC"] = (worker(*python, "triton", server.target, name, bundle), 0)
        if peers is not None:
            path = {"PYTHONPATH": os.pathsep.join([str(peers), os.environ.get("PYTHONPATH", "")])}
            convert = [sys.executable, BENCHMARKS / "serving_trunk.py", bundle, folder]
            done = subprocess.run(convert, env={**os.environ, **path}, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{name} cannot be converted:\n{done.stderr[-4000:]}")
            peer = (("onnxruntime", "ONNX Runtime", "trunk.onnx"), ("openvino", "OpenVINO", "trunk"))
            for runtime, title, trunk in peer:
                one = worker(*python, runtime, folder / trunk, "-", bundle, **path)
                variants[f"{title}, preprocessing in Python"] = (one, 0)
        yield variants


def alternate(variants: Variants, rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Every variant at every number of clients, in turns; the order moves on by one each round."""
    samples = []
    names = list(variants)
    for number in range(rounds):
        for clients in CLIENTS:
            for name in names[number % len(names) :] + names[: number % len(names)]:
                worker, model = variants[name]
                outcome = worker.run(model, clients, seconds)
                rate = outcome["answered"] / outcome["seconds"]
                samples.append({"round": number, "clients": clients, "variant": name, "rate": rate, **outcome})
                print(f"  {clients:2} clients  {name:42} {rate:8.1f}/s  p99 {outcome['p99_ms']:.1f} ms", flush=True)
    return samples


def picked(samples: list[dict[str, Any]], variant: str, clients: int, figure: str) -> np.ndarray:
    """A figure of one variant, round by round."""
    return np.array([one[figure] for one in samples if (one["variant"], one["clients"]) == (variant, clients)])


def spread(values: np.ndarray, digits: int = 2) -> str:
    """Median and quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def load_table(name: str, samples: list[dict[str, Any]], note: str) -> dict[str, Any]:
    """Rates, latencies and ratios of one network; batching also against the better of the two without it."""
    rows = []
    for clients in CLIENTS:
        base = picked(samples, PLAIN, clients, "rate")
        for variant in dict.fromkeys(one["variant"] for one in samples):
            rate = picked(samples, variant, clients, "rate")
            latencies = [
                f"{np.median(picked(samples, variant, clients, figure)):.1f}" for figure in ("p50_ms", "p99_ms")
            ]
            rows.append([clients, variant, f"{np.median(rate):.0f}", spread(rate / base), *latencies])
    plain = [f"{PLAIN}{suffix}" for suffix in ONE_DNN]
    gains = []
    for clients in CLIENTS:
        rates = {one: picked(samples, one, clients, "rate") for one in dict.fromkeys(one["variant"] for one in samples)}
        batched = {one: rate for one, rate in rates.items() if one.startswith(PLAIN) and one not in plain}
        best = max(batched, key=lambda one: np.median(batched[one]))
        single = np.median([rates[one] for one in plain], axis=1).argmax()
        gains.append(f"{clients} clients {spread(batched[best] / rates[plain[single]])}")
    note = f"The best batching against the better plain one: {', '.join(gains)}. {note}".strip()
    columns = ["clients", "variant", "requests/s", f"ratio to {PLAIN} [quartiles]", "p50, ms", "p99, ms"]
    return {"title": f"{name}: one record a request", "columns": columns, "rows": rows, "note": note}


def cold_starts(ask: Path, served: Served, request: Path) -> list[float]:
    """Seconds from the start of a process to its first answer."""
    taken = []
    for _ in range(STARTS):
        started = time.perf_counter()
        command = [ask, served.plain, "serving_default", request]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            if not process.stdout.readline():
                raise RuntimeError(f"{command} gave no answer")
            taken.append(time.perf_counter() - started)
            process.stdout.read()
    return taken


def memory_of_models(load: Path, served: Served) -> list[float]:
    """Resident memory in MB that each further copy of the model takes, its first answer included."""
    worker = Worker([load, *[served.plain, "serving_default", served.requests["serving_default"]] * COPIES], COPIES)
    worker.close()
    # The first one brings the runtime's own.
    return [one["after_mb"] - one["before_mb"] for one in worker.loaded[1:]]


def explain_cost(load: Path, served: Served, rounds: int, seconds: float) -> list[dict[str, float]]:
    """Milliseconds of `explain`, of an answer, and of the network alone, round by round, at one client."""
    arguments = [part for name in SIGNATURES for part in (served.plain, name, served.requests[name])]
    worker = Worker([load, *arguments], len(SIGNATURES))
    outcomes = [
        {name: worker.run(number, 1, seconds)["p50_ms"] for number, name in enumerate(SIGNATURES)}
        for _ in range(rounds)
    ]
    worker.close()
    return outcomes


def explain_row(served: Served, outcomes: list[dict[str, float]]) -> list[Any]:
    """Against 2 ** M passes of the network and the preprocessing once."""
    passes = 2 ** len(served.bundle.modalities)
    bounds = [one["serving_default"] + (passes - 1) * one["tensors"] for one in outcomes]
    ratios = np.array([one["explain"] / bound for one, bound in zip(outcomes, bounds, strict=True)])
    middle = [f"{np.median([one[key] for one in outcomes]):.2f}" for key in ("serving_default", "tensors", "explain")]
    return [served.bundle.card.name, passes, *middle, spread(ratios)]


def soak(load: Path, networks: list[Served], seconds: float) -> list[dict[str, Any]]:
    """Memory under steady load, all networks at once, 8 clients each in twenty parts; the first quarter is warm-up."""

    def one(served: Served) -> dict[str, Any]:
        export = next(iter(served.batching.values()))
        worker = Worker([load, export, "serving_default", served.requests["serving_default"]])
        parts = [worker.run(0, 8, seconds / 20) for _ in range(20)]
        worker.close()
        ends = np.cumsum([part["seconds"] for part in parts])[5:] / 60
        resident = np.array([part["resident_mb"] for part in parts])[5:]
        return {"parts": parts, "slope_mb_per_minute": float(np.polyfit(ends, resident, 1)[0])}

    with ThreadPoolExecutor(len(networks)) as pool:
        return list(pool.map(one, networks))


def soak_row(name: str, outcome: dict[str, Any]) -> list[Any]:
    """Answers, failures and memory of a soak."""
    parts = outcome["parts"]
    minutes = sum(one["seconds"] for one in parts) / 60
    return [
        name,
        f"{minutes:.1f}",
        sum(one["answered"] for one in parts),
        sum(one["failed"] for one in parts),
        f"{parts[4]['resident_mb']:.1f}",
        f"{parts[-1]['resident_mb']:.1f}",
        f"{outcome['slope_mb_per_minute']:+.2f}",
    ]


def parsed() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=FLAGSHIPS, choices=list_models(), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each variant at each number of clients")
    parser.add_argument("--soak", type=float, default=0.0, metavar="SECONDS", help="of all networks at once; 0: none")
    parser.add_argument("--peers", type=Path, help="folder with onnxruntime, openvino, onnx and tf2onnx")
    parser.add_argument("--dry-run", action="store_true", help="print only, and leave the results file as it is")
    return parser.parse_args()


def main() -> None:
    """Measure and write `benchmarks/results/serving.json`."""
    arguments = parsed()
    absent = [] if triton_folder() else ["Triton"]
    absent += [] if arguments.peers else ["ONNX Runtime", "OpenVINO"]
    note = f"Not installed, so not measured: {', '.join(absent)}." if absent else ""
    load_tables: list[dict[str, Any]] = []
    start_rows: list[Any] = []
    explain_rows: list[Any] = []
    soak_rows: list[Any] = []
    samples: dict[str, Any] = {}
    networks: list[Served] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ask = compile_program(C_PROGRAMS / "ask.c", folder / "ask")
        load = compile_program(BENCHMARKS / "load_c_api.c", folder / "load", options=("-pthread",))
        for name in arguments.models:
            print(name, flush=True)
            own = folder / name
            own.mkdir()
            served = serve(name, own, BATCHINGS)
            with variants_of(served, own, load, arguments.peers) as variants:
                rounds = alternate(variants, arguments.rounds, arguments.seconds)
            load_tables.append(load_table(name, rounds, note))
            starts = cold_starts(ask, served, served.requests["serving_default"])
            memory = memory_of_models(load, served)
            start_rows.append([name, spread(np.array(starts)), spread(np.array(memory), 1)])
            outcomes = explain_cost(load, served, arguments.rounds, arguments.seconds)
            explain_rows.append(explain_row(served, outcomes))
            samples[name] = {"load": rounds, "cold_start_s": starts, "memory_mb": memory, "explain_ms": outcomes}
            networks.append(served)
        if arguments.soak:
            print(f"soak of {arguments.soak:g} s", flush=True)
            for name, outcome in zip(arguments.models, soak(load, networks, arguments.soak), strict=True):
                samples[name]["soak"] = outcome
                soak_rows.append(soak_row(name, outcome))
    tables = [*load_tables, *small_tables(start_rows, explain_rows, soak_rows)]
    for table in tables:
        print(
            f"\n{table['title']}", *("\t".join(map(str, row)) for row in (table["columns"], *table["rows"])), sep="\n"
        )
    protocol = (
        f"networks at their default size with random weights; {arguments.rounds} rounds of {arguments.seconds:g} s, "
        "variants in turns; clients on the machine that serves"
    )
    if not arguments.dry_run:
        packages = ("onnxruntime", "openvino") if arguments.peers else ()
        write_result(
            "serving", "Serving", protocol, tables, samples, packages, "make bench-serving", peers=arguments.peers
        )


def small_tables(start_rows: list[Any], explain_rows: list[Any], soak_rows: list[Any]) -> list[dict[str, Any]]:
    """Cold start and memory, the cost of `explain`, and the soak if there was one."""
    tables = [
        {
            "title": "C API: cold start and memory, median [quartiles]",
            "columns": ["network", "process start to first answer, s", "memory of one more loaded model, MB"],
            "rows": start_rows,
        },
        {
            "title": "explain, one client, one record",
            "columns": [
                "network",
                "passes (2^modalities)",
                "answer, ms",
                "network alone, ms",
                "explain, ms",
                "ratio to all passes and one preprocessing [quartiles]",
            ],
            "rows": explain_rows,
        },
    ]
    if soak_rows:
        columns = ["network", "minutes", "answers", "failures", "MB after warm-up", "MB at the end", "MB a minute"]
        tables.append(
            {
                "title": "Soak of all networks at once: C API, in-graph batching, 8 clients each",
                "columns": columns,
                "rows": soak_rows,
            }
        )
    return tables


if __name__ == "__main__":
    main()
