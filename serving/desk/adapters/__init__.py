"""Help desks that tickets are sent to: one file each, with the signature of `base.Adapter`."""
