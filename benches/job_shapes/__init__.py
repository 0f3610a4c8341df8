"""The shapes of benches/job.py: each makes its files, and does its job on each engine."""

from . import flagship, orders, readings

SHAPES = {"flagship": flagship, "orders": orders, "readings": readings}
