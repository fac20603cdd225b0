package record

import (
	"encoding/binary"
	"hash"
	"hash/crc32"
)

// A Summer makes the checksums of the records of one namespace. It is not safe
// for concurrent use.
type Summer struct {
	namespace string
	crc       hash.Hash32
	buf       []byte
}

// NewSummer returns a Summer for a namespace.
func NewSummer(namespace string) *Summer {
	return &Summer{namespace: namespace, crc: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
}

// Sum returns the CRC-32C of all that a kept row says, each part with its length
// before it. Databases check the structure of their pages and not what is
// written on them: without it, a flipped bit in a value would be believed.
func (s *Summer) Sum(r Record) uint32 {
	s.crc.Reset()
	for _, part := range []string{s.namespace, r.Kind, r.Key} {
		s.buf = binary.AppendUvarint(s.buf[:0], uint64(len(part)))
		s.buf = append(s.buf, part...)
		_, _ = s.crc.Write(s.buf)
	}
	_, _ = s.crc.Write(r.Value)
	return s.crc.Sum32()
}
