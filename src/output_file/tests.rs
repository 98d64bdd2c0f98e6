use std::fs;
use std::path::PathBuf;

use super::{OutputFile, Target, write};

fn names(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

#[test]
fn names_that_cannot_be_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &std::path::Path| Target::check(path).unwrap_err().to_string();
    assert!(message("".as_ref()).contains("empty"));
    assert!(message(folder.path()).contains("directory"));
    assert!(message(&folder.path().join("new/")).contains("directory"));
    assert!(message(&folder.path().join("no/file")).contains("no does not exist"));
    let long = folder.path().join("x".repeat(300));
    assert!(message(&long).to_lowercase().contains("name too long"));
}

#[test]
fn nothing_is_seen_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new");
    let output = OutputFile::create(&path).unwrap();
    assert!(!path.exists());
    output.commit().unwrap();
    assert_eq!(names(folder.path()), [path]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_target_of_a_link_is_written_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        symlink("real", &link).unwrap();
        for content in ["new", "again"] {
            write(&link, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&real).unwrap(), content);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
        let turning = folder.path().join("turning");
        symlink("turning", &turning).unwrap();
        assert!(write(&turning, b"").is_err());
    }

    #[test]
    fn a_pipe_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        write(&path, b"to the pipe").unwrap();
        assert_eq!(reader.join().unwrap(), b"to the pipe");
        assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo());
    }

    #[test]
    fn mode_and_owner_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine");
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Only a privileged user can give files away.
        let given = std::os::unix::fs::chown(&path, Some(12), Some(34)).is_ok();
        write(&path, b"after").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o640);
        assert!(!given || (metadata.uid(), metadata.gid()) == (12, 34));
        assert_eq!(fs::read(&path).unwrap(), b"after");
    }

    #[test]
    fn a_read_only_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        fs::write(&path, "before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(
            write(&path, b"after")
                .unwrap_err()
                .to_string()
                .contains("read-only")
        );
        assert_eq!(fs::read(&path).unwrap(), b"before");
    }

    #[test]
    fn two_names_of_one_file_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let target = |name: &str| Target::check(&folder.path().join(name)).unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
        symlink("new", folder.path().join("link")).unwrap();
        assert!(target("a").is(&target("b")) && target("link").is(&target("./new")));
        assert!(!target("a").is(&target("new")));
        assert!(target("a").is_file_at(&folder.path().join("b")));
        assert!(!target("new").is_file_at(&folder.path().join("b")));
    }

    #[test]
    fn what_a_killed_program_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (
            folder.path().join(".gss-wgpu-1"),
            folder.path().join(".gss-wgpu-2"),
        );
        let target = folder.path().join("target");
        fs::write(&target, "").unwrap();
        fs::write(&new, "").unwrap();
        let file = fs::File::create(&old).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(90))
            .unwrap();
        drop(file);
        write(&target, b"replaced").unwrap();
        assert_eq!(names(folder.path()), [new, target]);
    }
}
