package sqlite

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"tocsin/store/record"
)

// sound is a page with one row on it, as SQLite would write it.
func sound() []byte {
	r := record.Record{Kind: "state", Key: "k", Value: []byte(`"v"`)}
	values := append([]byte("default"+r.Kind+r.Key), r.Value...)
	values = binary.BigEndian.AppendUint32(values, record.NewSummer("default").Sum(r))
	payload := append([]byte{6, 2*7 + 13, 2*5 + 13, 2*1 + 12, 2*3 + 13, 4}, values...)
	b := make([]byte, pageSize)
	at := pageSize - len(payload) - 1
	b[0], b[4] = leafPage, 1
	binary.BigEndian.PutUint16(b[5:], uint16(at))
	binary.BigEndian.PutUint16(b[8:], uint16(at))
	b[at] = byte(len(payload))
	copy(b[at+1:], payload)
	return b
}

func TestSoundPage(t *testing.T) {
	p, ok := asBtreePage(sound())
	if !ok || len(p.offsets()) != 1 {
		t.Fatal("the page is not read")
	}
	c, err := p.cell(p.offsets()[0], nil)
	if err != nil || !c.ok || c.namespace != "default" || c.record.Key != "k" || string(c.record.Value) != `"v"` {
		t.Errorf("cell %+v, error %v", c, err)
	}
	// The sum's highest bit may be its sign.
	if uint32(c.sum) != record.NewSummer("default").Sum(c.record) || !p.whole(c.size) {
		t.Errorf("sum %x of a cell of %d bytes", c.sum, c.size)
	}
}

// FuzzPage reads pages of any content, alone and as those of a file with a
// journal, where they point to each other. Nothing may panic or run for ever.
func FuzzPage(f *testing.F) {
	f.Add(sound(), uint8(leafPage), uint16(0))
	f.Add(sound(), uint8(innerPage), uint16(3))
	f.Add([]byte{innerPage, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 1, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0x7f}, uint8(innerPage), uint16(9))
	f.Fuzz(func(t *testing.T, b []byte, typ uint8, cut uint16) {
		page := make([]byte, pageSize)
		copy(page, b)
		page[0] = typ
		path := filepath.Join(t.TempDir(), "x.db")
		write(t, path, append(append(page, page...), b[:min(len(b), int(cut))]...))
		write(t, path+"-wal", append(append(make([]byte, 32+frameHeader), page...), b...))
		rowsHold(page)
		im, err := openImage(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := im.each(func(n uint32) error { return readAll(im, n) }); err != nil {
			t.Error(err)
		}
		if err := im.close(); err != nil {
			t.Error(err)
		}
		_ = inspect(path, true)
		if _, err := ours(path); err != nil {
			t.Error(err)
		}
	})
}

// readAll reads all cells of a page.
func readAll(im *image, n uint32) error {
	b, err := im.page(n)
	if err != nil {
		return err
	}
	for _, inner := range []bool{false, true} {
		p := btreePage{b, inner}
		p.children()
		size := 0
		for _, at := range p.offsets() {
			c, err := p.cell(at, im)
			if err != nil {
				return err
			}
			size += c.size
		}
		p.whole(size)
	}
	return nil
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
