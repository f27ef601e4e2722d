"""A small shop bot with a webchat page: Handrail's reference client. It speaks HTTP like any other bot."""

from bridge.demo.app import build_demo as build_demo
from bridge.demo.handrail import Settings as Settings
