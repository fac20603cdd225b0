package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

const magic = "SQLite format 3\x00"

// inspect looks at a file before SQLite does: for what SQLite would take for a
// crash's left-overs and clear away, and for what it would only notice later.
func inspect(path string, used bool) error {
	header, size, err := readHeader(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	j, err := readJournal(path)
	if err != nil {
		return err
	}
	defer func() { _ = j.close() }()
	switch {
	case j.damaged:
		return damageError{"the journal is damaged before its end"}
	case size == 0 && (used || len(j.frames) > 0):
		return damageError{"the file is empty"}
	case size == 0:
		return nil
	}
	return checkHeader(header, size)
}

// checkHeader compares what never changes in the header of our files.
func checkHeader(h []byte, size int64) error {
	if len(h) < 100 || string(h[:16]) != magic {
		return damageError{"it does not begin as a SQLite file does"}
	}
	fixed := []byte{pageSize >> 8, pageSize & 0xff, version12(h[18]), version12(h[19]), 0, 64, 32, 32}
	if !bytes.Equal(h[16:24], fixed) || be32(h[44:]) > 4 || be32(h[56:]) > 1 {
		return damageError{"its header is not what was written"}
	}
	// The mark of the application is in the journal until the first checkpoint.
	if be32(h[68:]) != applicationID && size > pageSize {
		return damageError{"it does not bear the mark of tocsin"}
	}
	return nil
}

// version12 returns b if it is a version of SQLite's format, else another.
func version12(b byte) byte {
	if b == 1 || b == 2 {
		return b
	}
	return 1
}

// ours reports whether a file from which no row could be read may be a store
// nevertheless, so that it is right to set it aside.
func ours(path string) (bool, error) {
	h, size, err := readHeader(path)
	if err != nil {
		return false, err
	}
	if len(h) >= 72 && be32(h[68:]) == applicationID {
		return true, nil
	}
	cut := size < 72 && bytes.HasPrefix([]byte(magic), h[:min(len(h), len(magic))])
	zero := len(bytes.Trim(h, "\x00")) == 0 // a file system's way after a power cut
	return cut || zero, nil
}

// readHeader returns the first 100 bytes, or what there is, and the file's size.
func readHeader(path string) (_ []byte, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%q is not a regular file", path)
	}
	h, err := io.ReadAll(io.LimitReader(f, 100))
	return h, info.Size(), err
}
