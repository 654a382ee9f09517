"""The one place that holds autosync's version."""

VERSION = "0.1.0"
