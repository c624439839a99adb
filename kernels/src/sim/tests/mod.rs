//! Designs whose results and times are known, and a test for each thing that can go wrong.

mod designs;
mod device;
mod encoder;
mod faults;
mod measured;
mod moving;
mod mutations;
mod noise;
mod trials;

mod times;
