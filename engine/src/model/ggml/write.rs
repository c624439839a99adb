use super::MAGIC;
use super::quants::{BLOCK, GgmlType, quantise_q8_0};
use crate::dims::SPECTRUM_BINS;
use crate::model::{Model, ModelDims, ModelError};
use half::f16;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes a model as a ggml file that whisper.cpp reads, too: matrices in `file_type` (f32, f16 or
/// q8_0), everything else as whisper.cpp has it. Vectors and positions are f32; convolutions, and
/// matrices whose rows are not whole blocks, stay f16 in a q8_0 file.
///
/// ggml files do not say which heads word timestamps are read from: a reader goes by the shape. So
/// `demo:tiny` and `demo:small` written as files are read with the heads of tiny.en and small.en,
/// and their word timestamps mean little.
///
/// The file appears under its name when it is complete, and an older one of that name stays until then.
///
/// # Errors
/// [`ModelError::Write`] if the disk is full or refuses, [`ModelError::Format`] for another type or
/// for weights that the type cannot hold. Nothing is left behind.
pub fn write_ggml(model: &Model, file_type: GgmlType, path: &Path) -> Result<(), ModelError> {
    if !matches!(file_type, GgmlType::F32 | GgmlType::F16 | GgmlType::Q8_0) {
        let reason = format!(
            "Hark writes f32, f16 and q8_0, not {file_type:?}; whisper.cpp's `quantize` writes the others"
        );
        return Err(ModelError::format(&model.name, reason));
    }
    let wrong = |reason: String| ModelError::format(&model.name, reason);
    save(path, |out| {
        write_head(out, model, file_type)?;
        for (name, shape) in model.shapes() {
            let kind = stored_type(&name, &shape, file_type);
            let tensor = Tensor { values: model.tensor(&name)?, name, shape };
            check_range(&tensor, kind).map_err(wrong)?;
            write_tensor(out, &tensor, kind)?;
        }
        Ok(())
    })
}

/// A tensor on its way into the file.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// What keeps a file from being written.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Gives `path` the content that `fill` writes, or leaves everything as it was.
fn save(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&File>) -> Result<(), Failure>,
) -> Result<(), ModelError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".hark-").suffix(".partial");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder)?;
        let mut out = BufWriter::with_capacity(1 << 20, file.as_file());
        fill(&mut out)?;
        out.flush()?;
        drop(out);
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|failure: Failure| {
        let error = match failure {
            Failure::Model(error) => return error,
            Failure::Io(error) => error,
        };
        let reason = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "the disk is full; make room or choose another folder (nothing was left behind)".into()
            }
            _ => error.to_string(),
        };
        ModelError::Write { path: path.into(), reason }
    })
}

fn write_head(out: &mut impl Write, model: &Model, file_type: GgmlType) -> io::Result<()> {
    let ModelDims {
        n_mels,
        n_audio_ctx,
        n_audio_state,
        n_audio_head,
        n_audio_layer,
        n_vocab,
        n_text_ctx,
        n_text_state,
        n_text_head,
        n_text_layer,
    } = model.dims;
    out.write_all(&MAGIC.to_le_bytes())?;
    let audio = [n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer];
    let text = [n_text_ctx, n_text_state, n_text_head, n_text_layer, n_mels];
    for size in audio.into_iter().chain(text) {
        write_size(out, size)?;
    }
    out.write_all(&file_type.file_type().to_le_bytes())?;
    write_size(out, n_mels)?;
    write_size(out, SPECTRUM_BINS)?;
    write_f32(out, &model.mel_filters.weights)?;
    let vocabulary = model.tokenizer.vocabulary();
    write_size(out, vocabulary.len())?;
    for token in vocabulary.iter() {
        write_size(out, token.len())?;
        out.write_all(token)?;
    }
    Ok(())
}

/// How whisper.cpp stores this tensor in a file of this type.
fn stored_type(name: &str, shape: &[usize], file_type: GgmlType) -> GgmlType {
    match (shape.len(), file_type) {
        (1, _) => GgmlType::F32,
        _ if name.ends_with("positional_embedding") => GgmlType::F32,
        (2, GgmlType::Q8_0) if shape[1].is_multiple_of(BLOCK) => GgmlType::Q8_0,
        (_, GgmlType::Q8_0) => GgmlType::F16,
        _ => file_type,
    }
}

/// Whether every value is one that this type can hold and that reads back as a finite one.
fn check_range(tensor: &Tensor, kind: GgmlType) -> Result<(), String> {
    let limit = match kind {
        GgmlType::F16 => f16::MAX.to_f32(),
        GgmlType::Q8_0 => f16::MAX.to_f32() * 127.0,
        _ => f32::MAX,
    };
    match tensor.values.iter().position(|v| v.is_nan() || v.abs() > limit) {
        None => Ok(()),
        Some(at) => Err(format!(
            "value {at} of tensor {} is {} and does not fit {kind:?}",
            tensor.name, tensor.values[at]
        )),
    }
}

fn write_tensor(out: &mut impl Write, tensor: &Tensor, kind: GgmlType) -> io::Result<()> {
    let mut shape = tensor.shape.clone();
    if matches!(tensor.name.as_str(), "encoder.conv1.bias" | "encoder.conv2.bias") {
        shape.push(1);
    }
    write_size(out, shape.len())?;
    write_size(out, tensor.name.len())?;
    out.write_all(&kind.id().to_le_bytes())?;
    for size in shape.iter().rev() {
        write_size(out, *size)?;
    }
    out.write_all(tensor.name.as_bytes())?;
    match kind {
        GgmlType::F16 => {
            tensor.values.iter().try_for_each(|v| out.write_all(&f16::from_f32(*v).to_le_bytes()))
        }
        GgmlType::Q8_0 => {
            tensor.values.as_chunks().0.iter().try_for_each(|block| out.write_all(&quantise_q8_0(block)))
        }
        _ => write_f32(out, &tensor.values),
    }
}

fn write_f32(out: &mut impl Write, values: &[f32]) -> io::Result<()> {
    values.iter().try_for_each(|v| out.write_all(&v.to_le_bytes()))
}

/// A length as ggml files hold it.
fn write_size(out: &mut impl Write, size: usize) -> io::Result<()> {
    let size =
        i32::try_from(size).map_err(|_| io::Error::other(format!("{size} is too much for a ggml file")))?;
    out.write_all(&size.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_and_leaves_the_older_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.bin");
        std::fs::write(&path, b"older").unwrap();
        let full = save(&path, |out| {
            out.write_all(&[0; 3 << 20])?;
            Err(io::Error::from(io::ErrorKind::StorageFull).into())
        });
        let text = full.unwrap_err().to_string();
        assert!(text.contains("disk is full") && text.contains("model.bin"), "{text}");
        assert_eq!(std::fs::read(&path).unwrap(), b"older");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        save(&path, |out| Ok(out.write_all(b"newer")?)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"newer");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no").join("model.bin");
        assert!(matches!(save(&path, |_| Ok(())), Err(ModelError::Write { .. })));
    }
}
