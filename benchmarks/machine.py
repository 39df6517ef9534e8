"""What the figures were measured on, and what a group of processes cost while it was."""

import os
import platform
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

INTERVAL = 0.1


def describe() -> str:
    """Processor, cores, memory, kernel and Python; no names of hosts or folders."""
    memory = round(psutil.virtual_memory().total / 2**30)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{_processor()}, {cores} cores, {memory} GiB, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return found.group(1).strip() if found else platform.processor() or platform.machine()


@dataclass
class Cost:
    """CPU seconds used and the highest memory (bytes, all processes together) while watched."""

    cpu: float = 0.0
    peak: int = 0
    seen: dict[int, float] = field(default_factory=dict)

    def look(self, pids: Iterable[int]) -> None:
        """Takes one sample of the processes and all that they started."""
        memory = 0
        for process in _family(pids):
            try:
                spent = process.cpu_times()
                memory += process.memory_info().rss
            except psutil.Error:
                continue
            self.seen[process.pid] = spent.user + spent.system
        self.peak = max(self.peak, memory)


@contextmanager
def watched(*pids: int) -> Iterator[Cost]:
    """Measures processes and their children for the length of the block."""
    cost, done = Cost(), threading.Event()
    cost.look(pids)
    before = dict(cost.seen)

    def sample() -> None:
        while not done.wait(INTERVAL):
            cost.look(pids)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield cost
    finally:
        done.set()
        thread.join()
        cost.look(pids)
        cost.cpu = sum(cost.seen.values()) - sum(before.values())


def _family(pids: Iterable[int]) -> list[psutil.Process]:
    found: dict[int, psutil.Process] = {}
    for pid in pids:
        try:
            head = psutil.Process(pid)
            found[pid] = head
            found.update((each.pid, each) for each in head.children(recursive=True))
        except psutil.Error:
            continue
    return list(found.values())
