//! Hark's encoder on the NPU: the design, what is made of it, and a functional fake of the device.
