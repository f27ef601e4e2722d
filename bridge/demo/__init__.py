"""A small shop bot with a webchat page: Handrail's reference client. It speaks HTTP like any other bot."""

from bridge.demo.app import Settings as Settings
from bridge.demo.app import build_demo as build_demo
