package sqlite

import (
	"errors"
	"io"
	"os"
)

// An image is the pages of a file with its journal laid over them, read as they
// are on the disk, past SQLite, which would refuse them.
type image struct {
	file    *os.File
	pages   uint32 // in the file
	journal *journal
	newer   map[uint32]frame // the last frame of each page of the journal
}

func openImage(path string) (_ *image, err error) {
	im := &image{newer: map[uint32]frame{}}
	if im.file, err = os.Open(path); err != nil {
		return nil, err
	}
	info, err := im.file.Stat()
	if err == nil {
		im.pages = uint32((info.Size() + pageSize - 1) / pageSize)
		im.journal, err = readJournal(path)
	}
	if err != nil {
		return nil, errors.Join(err, im.file.Close())
	}
	for _, f := range im.journal.frames {
		im.newer[f.page] = f
	}
	return im, nil
}

// most is the largest number of pages that there can be.
func (im *image) most() int { return int(im.pages) + len(im.newer) }

func (im *image) close() error { return errors.Join(im.file.Close(), im.journal.close()) }

// each calls f with the number of each page, those last written last.
func (im *image) each(f func(n uint32) error) error {
	for n := uint32(1); n <= im.pages; n++ {
		if _, ok := im.newer[n]; ok {
			continue
		}
		if err := f(n); err != nil {
			return err
		}
	}
	for _, fr := range im.journal.frames {
		if im.newer[fr.page] != fr {
			continue
		}
		if err := f(fr.page); err != nil {
			return err
		}
	}
	return nil
}

// page returns a page. What the file lacks of it is zero; a page that is not
// there at all is nil.
func (im *image) page(n uint32) ([]byte, error) {
	file, at := im.file, int64(n-1)*pageSize
	if fr, ok := im.newer[n]; ok {
		file, at = im.journal.file, fr.at
	} else if n == 0 || n > im.pages {
		return nil, nil
	}
	b := make([]byte, pageSize)
	_, err := file.ReadAt(b, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}
