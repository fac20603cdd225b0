package sqlite

import (
	"encoding/binary"

	"tocsin/store/record"
)

// The types of the pages that hold rows: those of tables WITHOUT ROWID, see
// https://sqlite.org/fileformat.html, "B-tree Pages". Both types hold rows.
const (
	innerPage = 0x02
	leafPage  = 0x0a
)

// A cell is a row on a page, as far as it can be made out.
type cell struct {
	namespace string
	record    record.Record
	sum       int64
	ok        bool // it could be made out
	alien     bool // it is no row of ours
}

// A btreePage is a page that holds rows. Nothing in it is trusted.
type btreePage struct {
	bytes []byte
	inner bool
}

func asBtreePage(b []byte) (btreePage, bool) {
	if len(b) == 0 || (b[0] != innerPage && b[0] != leafPage) {
		return btreePage{}, false
	}
	return btreePage{b, b[0] == innerPage}, true
}

// offsets returns where the page's cells begin.
func (p btreePage) offsets() []int {
	start := 8
	if p.inner {
		start = 12
	}
	n := int(binary.BigEndian.Uint16(p.bytes[3:]))
	n = min(n, (len(p.bytes)-start)/2)
	at := make([]int, n)
	for i := range at {
		at[i] = int(binary.BigEndian.Uint16(p.bytes[start+2*i:]))
	}
	return at
}

// children returns the numbers of the pages below.
func (p btreePage) children() []uint32 {
	if !p.inner {
		return nil
	}
	ns := []uint32{binary.BigEndian.Uint32(p.bytes[8:])}
	for _, at := range p.offsets() {
		if at+4 <= len(p.bytes) {
			ns = append(ns, binary.BigEndian.Uint32(p.bytes[at:]))
		}
	}
	return ns
}

// cell reads the cell at an offset, its overflow pages included.
func (p btreePage) cell(at int, im *image) (cell, error) {
	if p.inner {
		at += 4
	}
	if at >= len(p.bytes) {
		return cell{}, nil
	}
	size, n := varint(p.bytes[at:])
	at += n
	if n == 0 || size > maxPayload(im) {
		return cell{}, nil
	}
	local := localSize(int(size)) //nolint:gosec // bounded above
	if at+local > len(p.bytes) {
		return cell{}, nil
	}
	payload := p.bytes[at : at+local : at+local]
	if rest := int(size) - local; rest > 0 { //nolint:gosec // bounded above
		if at+local+4 > len(p.bytes) {
			return cell{}, nil
		}
		more, err := overflow(im, binary.BigEndian.Uint32(p.bytes[at+local:]), rest)
		if err != nil || more == nil {
			return cell{}, err
		}
		payload = append(payload, more...)
	}
	return decode(payload), nil
}

// maxPayload is more than any row of a file can be.
func maxPayload(im *image) uint64 {
	return (uint64(im.pages) + uint64(len(im.newer)) + 1) * pageSize
}

// localSize returns how much of a row of a size is on its own page.
func localSize(size int) int {
	const (
		most  = (pageSize-12)*64/255 - 23
		least = (pageSize-12)*32/255 - 23
	)
	if size <= most {
		return size
	}
	if k := least + (size-least)%(pageSize-4); k <= most {
		return k
	}
	return least
}

// overflow follows a chain of overflow pages; nil if it is cut.
func overflow(im *image, page uint32, size int) ([]byte, error) {
	var b []byte
	for len(b) < size {
		p, err := im.page(page)
		if err != nil || p == nil {
			return nil, err
		}
		page = binary.BigEndian.Uint32(p)
		b = append(b, p[4:4+min(pageSize-4, size-len(b))]...)
	}
	return b, nil
}
