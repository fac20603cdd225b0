package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// finishSalvage puts a salvaged file in the place of a damaged one, which is set
// aside. That takes several steps, and a crash may fall between any two: as long
// as the salvaged file has its own name, all of them are done again by the next
// start. Without a salvaged file it does nothing.
func finishSalvage(path string, now time.Time) (aside string, err error) {
	salvaged := path + ".salvaged"
	if _, err := os.Lstat(salvaged); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	aside, err = setAside(path, now)
	if err != nil {
		return "", err
	}
	if err := os.Rename(salvaged, path); err != nil {
		return "", err
	}
	return aside, syncDir(filepath.Dir(path))
}

// setAside gives a file, as far as it is there, a name that nothing looks for.
func setAside(path string, now time.Time) (aside string, err error) {
	aside, err = asideName(path, now)
	if err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} { // SQLite finds them there
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, nil
}

// asideName returns a name that nothing has yet.
func asideName(path string, now time.Time) (string, error) {
	base := path + ".damaged-" + now.UTC().Format("20060102T150405Z")
	for i := range 1000 {
		name := base
		if i > 0 {
			name = fmt.Sprintf("%s-%d", base, i)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
	}
	return "", fmt.Errorf("too many files like %q", base)
}

// removeAll removes a database and what SQLite puts beside it.
func removeAll(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// syncDir makes changes of names in a folder survive a power cut.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	// Some systems can't sync a folder; the names are kept soon enough there.
	_ = f.Sync()
	return f.Close()
}
