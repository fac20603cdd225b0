package sqlite

import (
	"encoding/binary"

	"tocsin/store/record"
)

// columns of a row: namespace, kind, key, value, sum.
const columns = 5

// decode reads a row: the types of its columns, then their values. See
// https://sqlite.org/fileformat.html, "Record Format".
func decode(payload []byte) cell {
	size, n := varint(payload)
	if n == 0 || size < uint64(n) || size > uint64(len(payload)) {
		return cell{}
	}
	types, body := payload[n:size], payload[size:]
	var values [columns][]byte
	var last uint64
	for i := range columns {
		typ, n := varint(types)
		if n == 0 {
			return cell{}
		}
		length, ok := length(typ)
		if !ok || length > uint64(len(body)) {
			return cell{}
		}
		types, values[i], body, last = types[n:], body[:length], body[length:], typ
	}
	if len(types) > 0 {
		return cell{alien: true}
	}
	return cell{
		namespace: string(values[0]),
		record:    record.Record{Kind: string(values[1]), Key: string(values[2]), Value: values[3]},
		sum:       integer(last, values[4]),
		ok:        true,
	}
}

// length returns the size of a value of a type.
func length(typ uint64) (uint64, bool) {
	switch {
	case typ <= 4:
		return typ, true
	case typ == 5:
		return 6, true
	case typ == 6 || typ == 7:
		return 8, true
	case typ == 8 || typ == 9:
		return 0, true
	case typ >= 12:
		return (typ - 12) / 2, true
	}
	return 0, false
}

// integer reads a whole number: types 8 and 9 are 0 and 1, of no length.
func integer(typ uint64, b []byte) int64 {
	if typ == 8 || typ == 9 {
		return int64(typ - 8)
	}
	var v int64
	for i, c := range b {
		if i == 0 {
			v = int64(int8(c)) // the sign
			continue
		}
		v = v<<8 | int64(c)
	}
	return v
}

// varint reads SQLite's variable-length number and returns its length, 0 if it is
// cut: seven bits a byte, the highest first, and eight in a ninth byte.
func varint(b []byte) (v uint64, n int) {
	for n < len(b) && n < 8 {
		v = v<<7 | uint64(b[n]&0x7f)
		n++
		if b[n-1] < 0x80 {
			return v, n
		}
	}
	if n == 8 && len(b) > 8 {
		return v<<8 | uint64(b[8]), 9
	}
	return 0, 0
}

// be32 reads a number of a file's header.
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
