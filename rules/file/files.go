package file

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Files is where files are read from. Names are as the config says them, joined
// to its folder.
type Files interface {
	Read(name string) ([]byte, error)
	// Glob returns the names that match a pattern, sorted.
	Glob(pattern string) ([]string, error)
}

// Disk reads the files of the machine.
type Disk struct{}

// Read reads a file, though not more of it than may be read anyway.
func (Disk) Read(name string) ([]byte, error) {
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, maxSize+1))
}

// Glob returns the files that match a pattern.
func (Disk) Glob(pattern string) ([]string, error) { return filepath.Glob(pattern) }

// A Sum stands for the contents of a file.
type Sum [sha256.Size]byte

// SumOf returns the sum of a file's contents.
func SumOf(src []byte) Sum { return sha256.Sum256(src) }

// witness remembers what was read, so that nobody has to read a file again to
// know what is in force: it may have changed meanwhile.
type witness struct {
	Files
	sums map[string]Sum
}

// Read reads a file.
func (w witness) Read(name string) ([]byte, error) {
	src, err := w.Files.Read(name)
	if err == nil {
		w.sums[name] = SumOf(src)
	}
	return src, err
}

// Memory holds files by name, for tests and the demo.
type Memory map[string]string

// Read returns a file.
func (m Memory) Read(name string) ([]byte, error) {
	s, ok := m[filepath.ToSlash(filepath.Clean(name))]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(s), nil
}

// Glob returns the files that match a pattern.
func (m Memory) Glob(pattern string) ([]string, error) {
	var all []string
	for name := range m {
		ok, err := filepath.Match(filepath.Clean(pattern), filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all, nil
}
