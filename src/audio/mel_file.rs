//! Mel files: safetensors with one f32 tensor `mel` of shape `[n_mels, frames]`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{AudioError, Mel};
use crate::output_file;

/// The name of the one tensor.
const TENSOR: &str = "mel";

/// Largest mel file that is read: ten hours of the 16 kHz model.
const MAX_BYTES: u64 = 1 << 30;

/// Reads a mel file.
///
/// # Errors
/// [`AudioError::Read`], [`AudioError::MelFile`] for a file of another kind, or
/// [`AudioError::Mel`] for values that are not finite.
pub fn read_mel(path: &Path) -> Result<Mel, AudioError> {
    let not_mel = |detail: String| AudioError::MelFile {
        path: path.to_owned(),
        detail,
    };
    let length = fs::metadata(path)
        .map_err(|source| AudioError::read(path, source))?
        .len();
    if length > MAX_BYTES {
        return Err(not_mel(format!(
            "it has {length} bytes; at most {MAX_BYTES} are read"
        )));
    }
    let bytes = fs::read(path).map_err(|source| AudioError::read(path, source))?;
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|error| not_mel(format!("it is no safetensors file ({error})")))?;
    let tensor = match tensors.tensor(TENSOR) {
        Ok(tensor) if tensors.len() == 1 => tensor,
        _ => {
            let mut names = tensors.names();
            names.sort_unstable();
            names.truncate(4);
            let names = names.join(", ");
            let count = tensors.len();
            return Err(not_mel(format!(
                "it holds {count} tensors ({names}); it should hold just `{TENSOR}`"
            )));
        }
    };
    let &[n_mels, frames] = tensor.shape() else {
        let shape = tensor.shape();
        return Err(not_mel(format!(
            "`{TENSOR}` has shape {shape:?}, not [n_mels, frames]"
        )));
    };
    if tensor.dtype() != Dtype::F32 {
        let dtype = tensor.dtype();
        return Err(not_mel(format!(
            "`{TENSOR}` has type {dtype:?} where F32 is needed"
        )));
    }
    let (values, _) = tensor.data().as_chunks::<4>();
    Mel::new(
        values
            .iter()
            .map(|&value| f32::from_le_bytes(value))
            .collect(),
        n_mels,
        frames,
    )
}

/// Writes a mel file; it appears under its name when it is complete.
///
/// # Errors
/// [`AudioError::Write`].
pub fn write_mel(path: &Path, mel: &Mel) -> Result<(), AudioError> {
    output_file::write(path, &serialise(mel)).map_err(|source| AudioError::write(path, source))
}

fn serialise(mel: &Mel) -> Vec<u8> {
    let bytes: Vec<u8> = mel
        .data()
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let shape = vec![mel.n_mels(), mel.frames()];
    let view = TensorView::new(Dtype::F32, shape, &bytes).expect("a mel fits its shape");
    let metadata = HashMap::from([("format".to_owned(), "log-mel".to_owned())]);
    safetensors::serialize([(TENSOR, view)], Some(metadata))
        .expect("one small header is serialisable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, tensors: &[(&str, Dtype, &[usize], &[u8])]) {
        let views = tensors.iter().map(|&(name, dtype, shape, bytes)| {
            (name, TensorView::new(dtype, shape.to_vec(), bytes).unwrap())
        });
        fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
    }

    #[test]
    fn a_mel_survives_a_round_trip() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let data = (0..6).map(|i| i as f32 * 0.37 - 1.0).collect();
        let mel = Mel::new(data, 2, 3).unwrap();
        write_mel(&path, &mel).unwrap();
        assert_eq!(read_mel(&path).unwrap(), mel);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let message = || read_mel(&path).unwrap_err().to_string();
        assert!(message().contains("cannot read"));

        fs::write(&path, "no safetensors at all").unwrap();
        assert!(message().contains("no safetensors file"), "{}", message());

        let bytes = [0; 24];
        write(&path, &[("style", Dtype::F32, &[6], &bytes)]);
        assert!(message().contains("1 tensors (style)"), "{}", message());
        write(&path, &[("mel", Dtype::F32, &[6], &bytes)]);
        assert!(message().contains("shape [6]"), "{}", message());
        write(&path, &[("mel", Dtype::F16, &[3, 4], &bytes)]);
        assert!(message().contains("type F16"), "{}", message());
        write(&path, &[("mel", Dtype::F32, &[2, 3], &[0xff; 24])]);
        assert!(message().contains("not a finite number"), "{}", message());

        write(&path, &[("mel", Dtype::F32, &[2, 3], &bytes)]);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 4]).unwrap();
        assert!(message().contains("no safetensors file"), "{}", message());
    }

    #[test]
    fn a_missing_folder_is_named() {
        let mel = Mel::new(vec![0.0], 1, 1).unwrap();
        let error = write_mel(Path::new("no/such/folder/a.safetensors"), &mel).unwrap_err();
        assert!(
            error.to_string().contains("no/such/folder does not exist"),
            "{error}"
        );
    }
}
