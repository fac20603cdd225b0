package webhook

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"

	"github.com/prometheus/alertmanager/template"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// page is how many alerts are rendered at a time. All 50,000 of a storm, as they are
// before they are JSON, would be more than all else that the daemon remembers.
const page = 1000

// parts are a body in pieces: as one, a large body would take as much again while it
// grows, and room that nothing else fits into afterwards.
type parts [][]byte

func (p parts) size() (n int64) {
	for _, part := range p {
		n += int64(len(part))
	}
	return n
}

func (p parts) reader() io.ReadCloser {
	all := make([]io.Reader, len(p))
	for n, part := range p {
		all[n] = bytes.NewReader(part)
	}
	return io.NopCloser(io.MultiReader(all...))
}

// build makes the body of a delivery, and a message that holds its errors.
func (s *Sender) build(ctx context.Context, d notifier.Delivery) (parts, *message.Message, error) {
	n := len(d.Firing) + len(d.Resolved)
	if s.settings.MaxAlerts > 0 || n <= s.page || d.Reason == notifier.ReasonDigest {
		m := s.maker.Make(ctx, d, s.settings.MaxAlerts)
		b, err := Build(m)
		return parts{b}, m, err
	}
	whole := s.maker.Make(ctx, d, 1)
	h := head(whole)
	h.TruncatedAlerts = 0
	before, _, err := around(h)
	if err != nil {
		return nil, whole, err
	}
	body := parts{before}
	for _, leaf := range s.leaves(ctx, slices.Collect(pages(d, s.page))) {
		if leaf.err != nil {
			return nil, whole, leaf.err
		}
		h.CommonAnnotations = both(h.CommonAnnotations, leaf.common)
		whole.Errors = append(whole.Errors, leaf.wrong...)
		body = append(body, leaf.part)
	}
	whole.Errors = distinct(whole.Errors)
	_, after, err := around(h)
	return append(body, after), whole, err
}

// pages yields a delivery in parts.
func pages(d notifier.Delivery, size int) func(yield func(notifier.Delivery) bool) {
	return func(yield func(notifier.Delivery) bool) {
		part := d
		part.Resolved = nil
		for some := range slices.Chunk(d.Firing, size) {
			if part.Firing = some; !yield(part) {
				return
			}
		}
		part.Firing = nil
		for some := range slices.Chunk(d.Resolved, size) {
			if part.Resolved = some; !yield(part) {
				return
			}
		}
	}
}

// both is what two sets agree on.
func both(a, b template.KV) template.KV {
	a = maps.Clone(a)
	maps.DeleteFunc(a, func(name, text string) bool { other, has := b[name]; return !has || other != text })
	return a
}

// distinct is the first few errors of their texts: a template that fails, fails for
// each page.
func distinct(errs []error) (few []error) {
	seen := map[string]bool{}
	for _, err := range errs {
		if text := err.Error(); !seen[text] && len(few) < mostErrors {
			seen[text] = true
			few = append(few, err)
		}
	}
	return few
}

const mostErrors = 5
