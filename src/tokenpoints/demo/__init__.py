"""The demo program and its purchases."""

from tokenpoints.demo.sample import import_arguments as import_arguments
from tokenpoints.demo.sample import import_options as import_options
from tokenpoints.demo.sample import sample_path as sample_path
