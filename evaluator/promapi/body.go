package promapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"
)

// keepBuffer is the largest buffer that is kept for the next body, in bytes.
const keepBuffer = 64 << 20

// A bodyReader is what reading a body takes, kept to be used again.
type bodyReader struct {
	buf bytes.Buffer
	zip *gzip.Reader
}

// read reads a body to its end, unpacked, and not a byte further than allowed:
// a packed gigabyte is small.
func (s *Source) read(got *http.Response) (string, error) {
	r, ok := s.bodies.Get().(*bodyReader)
	if !ok {
		r = new(bodyReader)
	}
	defer func() {
		if r.buf.Cap() <= keepBuffer {
			s.bodies.Put(r)
		}
	}()
	from, err := r.unpacked(got)
	if err != nil {
		return "", err
	}
	r.buf.Reset()
	if _, err := r.buf.ReadFrom(io.LimitReader(from, s.maxBytes+1)); err != nil {
		return "", fmt.Errorf("the answer broke off after %d bytes: %w", r.buf.Len(), err)
	}
	if int64(r.buf.Len()) > s.maxBytes {
		return "", fmt.Errorf("the answer is larger than %d bytes, which is the limit", s.maxBytes)
	}
	return r.buf.String(), nil
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
