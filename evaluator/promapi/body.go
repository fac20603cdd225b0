package promapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// A body is read into pieces: one buffer that grows would hold a large body
// several times over before it is known to be too large.
const (
	piece      = 64 << 10
	keepPieces = 1000 // of a body, for the next one
)

// A bodyReader is what reading a body takes, kept to be used again.
type bodyReader struct {
	pieces [][]byte
	zip    *gzip.Reader
}

// read reads a body to its end, unpacked, and hardly a byte further than allowed:
// a packed gigabyte is small.
func (s *Source) read(got *http.Response) (string, error) {
	r, ok := s.bodies.Get().(*bodyReader)
	if !ok {
		r = new(bodyReader)
	}
	defer func() {
		r.pieces = slices.Delete(r.pieces, min(len(r.pieces), keepPieces), len(r.pieces))
		s.bodies.Put(r)
	}()
	from, err := r.unpacked(got)
	if err != nil {
		return "", err
	}
	n, err := r.fill(io.LimitReader(from, s.maxBytes+1))
	if err != nil {
		return "", fmt.Errorf("the answer broke off after %d bytes: %w", n, err)
	}
	if int64(n) > s.maxBytes {
		return "", fmt.Errorf("the answer is larger than %d bytes, which is the limit", s.maxBytes)
	}
	return r.text(n), nil
}

// fill reads to the end and returns how many bytes there were.
func (r *bodyReader) fill(from io.Reader) (n int, err error) {
	for {
		if n == len(r.pieces)*piece {
			r.pieces = append(r.pieces, make([]byte, piece))
		}
		m, err := from.Read(r.pieces[n/piece][n%piece:])
		n += m
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// text is the first n bytes of the pieces.
func (r *bodyReader) text(n int) string {
	var b strings.Builder
	b.Grow(n)
	for _, p := range r.pieces {
		b.Write(p[:min(piece, n-b.Len())])
	}
	return b.String()
}

func (r *bodyReader) unpacked(got *http.Response) (io.Reader, error) {
	switch encoding := got.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return got.Body, nil
	case "gzip":
		var err error
		if r.zip == nil {
			r.zip, err = gzip.NewReader(got.Body)
		} else {
			err = r.zip.Reset(got.Body)
		}
		if err != nil {
			return nil, fmt.Errorf("the answer is not gzip as it says: %w", err)
		}
		return r.zip, nil
	default:
		return nil, fmt.Errorf("the answer has the encoding %q, which was not asked for", cut(encoding))
	}
}
