package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// A ringFile is a file of the ring. Files are numbered in the order of their
// beginning, whatever the clock said.
type ringFile struct {
	path   string
	number int
	size   int64
}

func fileName(number int) string { return fmt.Sprintf("journal-%08d.tocsin", number) }

// list returns the files of a ring, the oldest first. What else is in the folder is
// none of its business.
func list(dir string) ([]ringFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	name := regexp.MustCompile(`^journal-(\d{8,})\.tocsin$`)
	var all []ringFile
	for _, e := range entries {
		m := name.FindStringSubmatch(e.Name())
		if m == nil || !e.Type().IsRegular() {
			continue
		}
		n, err := strconv.Atoi(m[1])
		info, gone := e.Info()
		if err != nil || gone != nil {
			continue
		}
		all = append(all, ringFile{filepath.Join(dir, e.Name()), n, info.Size()})
	}
	slices.SortFunc(all, func(a, b ringFile) int { return a.number - b.number })
	return all, nil
}

// prune removes the oldest files until what is left, with room for one more, is
// no larger than allowed.
func prune(dir string, allowed, room int64) error {
	all, err := list(dir)
	if err != nil {
		return err
	}
	total := room
	for _, f := range all {
		total += f.size
	}
	var failed []error
	for len(all) > 0 && total > allowed {
		if err := os.Remove(all[0].path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
		total -= all[0].size
		all = all[1:]
	}
	return errors.Join(failed...)
}

// create makes the next file of a ring, which is for the owner's eyes only.
func create(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	all, err := list(dir)
	if err != nil {
		return nil, err
	}
	number := 1
	if len(all) > 0 {
		number = all[len(all)-1].number + 1
	}
	for {
		f, err := os.OpenFile(filepath.Join(dir, fileName(number)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		number++ // somebody else's: they are told apart by their runs
	}
}
