"""PyAirbyte works in a folder of its own, asks nobody and tells nobody, far from Greenwich."""

import os
import tempfile

# Read by PyAirbyte when it is imported.
os.environ.update(
    AIRBYTE_OFFLINE_MODE="1",
    DO_NOT_TRACK="1",
    TZ="Asia/Kolkata",
    AIRBYTE_PROJECT_DIR=tempfile.mkdtemp(prefix="source-tines-client-"),
)
