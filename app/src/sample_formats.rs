//! The kinds of samples that sound devices speak.

/// The instance of a generic function for a device's kind of samples, or what to do about one that Hark does not know.
macro_rules! for_samples {
    ($format:expr, $function:ident, $other:pat => $otherwise:expr) => {
        match $format {
            cpal::SampleFormat::I8 => $function::<i8>,
            cpal::SampleFormat::U8 => $function::<u8>,
            cpal::SampleFormat::I16 => $function::<i16>,
            cpal::SampleFormat::U16 => $function::<u16>,
            cpal::SampleFormat::I24 => $function::<cpal::I24>,
            cpal::SampleFormat::I32 => $function::<i32>,
            cpal::SampleFormat::U32 => $function::<u32>,
            cpal::SampleFormat::F32 => $function::<f32>,
            cpal::SampleFormat::F64 => $function::<f64>,
            $other => $otherwise,
        }
    };
}

pub(crate) use for_samples;
