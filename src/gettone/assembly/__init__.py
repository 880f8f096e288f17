"""Construction: which objects make up a running Gettone, and in which processes. Decides nothing of its business."""
