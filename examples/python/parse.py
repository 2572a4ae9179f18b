"""Parses the number in /proc/sys/kernel/tainted. Test it with `python3 -m doctest parse.py`."""

# By bit, lowest first, as in the kernel's documentation (admin-guide/tainted-kernels).
REASONS = """
    proprietary_module forced_module cpu_out_of_spec forced_unload machine_check bad_page
    user_request died acpi_override warning staging_driver firmware_workaround out_of_tree_module
    unsigned_module soft_lockup live_patch auxiliary struct_randomized test
""".split()


def parse(text):
    """Returns 0.0 or 1.0 for each reason.

    >>> [reason for reason, bit in parse("4609\\n").items() if bit]
    ['proprietary_module', 'warning', 'out_of_tree_module']
    >>> len(parse("0"))
    19
    >>> parse("")
    Traceback (most recent call last):
    ValueError: invalid literal for int() with base 10: ''
    """
    bits = int(text)
    return {reason: float(bits >> bit & 1) for bit, reason in enumerate(REASONS)}
