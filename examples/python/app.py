"""The collector `kernel_taint`: the reasons why the kernel is tainted, one series each."""

from componentize_py_types import Err
from parse import parse
from wit_world.imports import metrics, types

PATH = "/proc/sys/kernel/tainted"


class WitWorld:
    def describe(self):
        return types.Descriptor(
            name="kernel_taint",
            about="Shows why the kernel is tainted.",
            version="0.1.0",
            enabled_by_default=True,
            reads=[PATH],
            options=[],
        )

    def configure(self, settings):
        pass

    def collect(self):
        try:
            with open(PATH) as file:
                bits = parse(file.read())
        except FileNotFoundError:
            raise Err(types.CollectError_NoData())
        except (OSError, ValueError) as error:
            raise Err(types.CollectError_Failed(f"{PATH}: {error}"))
        samples = [metrics.Sample([reason], bit) for reason, bit in bits.items()]
        help = "Whether the kernel is tainted for this reason."
        kind = metrics.Kind.GAUGE
        metrics.emit([metrics.Family("kernel_taint", help, kind, ["reason"], samples)])

