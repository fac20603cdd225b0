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
	size      int  // on its page
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

// cell reads the cell at an offset. Its overflow pages are read from im; without
// it, a cell that has some is not ok, as is one whose chain is cut.
func (p btreePage) cell(at int, im *image) (cell, error) {
	start := at
	if p.inner {
		at += 4
	}
	if at >= len(p.bytes) {
		return cell{}, nil
	}
	size, n := varint(p.bytes[at:])
	at += n
	if n == 0 || size > mostPayload {
		return cell{}, nil
	}
	local := localSize(int(size))
	end := at + local
	if int(size) > local {
		end += 4
	}
	if end > len(p.bytes) {
		return cell{}, nil
	}
	payload := p.bytes[at : at+local : at+local]
	if int(size) > local {
		more, err := overflow(im, binary.BigEndian.Uint32(p.bytes[at+local:]), int(size)-local)
		if err != nil || more == nil {
			return cell{size: end - start}, err
		}
		payload = append(payload, more...)
	}
	c := decode(payload)
	c.size = max(end-start, 4)
	return c, nil
}

// whole reports whether all that is on the page is accounted for, where cells
// take so many bytes: if not, some were there that nothing points to any more.
func (p btreePage) whole(cells int) bool {
	content := int(binary.BigEndian.Uint16(p.bytes[5:]))
	used := cells + int(p.bytes[7]) // fragments
	free := int(binary.BigEndian.Uint16(p.bytes[1:]))
	for at := 0; free > at && free+4 <= len(p.bytes); {
		used += int(binary.BigEndian.Uint16(p.bytes[free+2:]))
		at, free = free, int(binary.BigEndian.Uint16(p.bytes[free:]))
	}
	return content+used == len(p.bytes)
}

// mostPayload is SQLite's own limit of a row.
const mostPayload = 1_000_000_000

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

// overflow follows a chain of overflow pages; nil if it is cut, or can only be
// one that bites its own tail.
func overflow(im *image, page uint32, size int) ([]byte, error) {
	if im == nil || size > im.most()*pageSize {
		return nil, nil
	}
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

// rowsHold reports whether a page is one that holds rows, and all that are on it
// alone agree with their checksums.
func rowsHold(b []byte) bool {
	p, ok := asBtreePage(b)
	if !ok {
		return false
	}
	var c checker
	size := 0
	for _, at := range p.offsets() {
		cell, err := p.cell(at, nil)
		if err != nil || cell.size == 0 || (cell.ok && !c.holds(cell.namespace, cell.record, cell.sum)) {
			return false
		}
		size += cell.size
	}
	return p.whole(size)
}
