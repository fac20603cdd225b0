package webhook

import (
	"context"
	"maps"
	"slices"

	"github.com/prometheus/alertmanager/template"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// page is how many alerts are rendered at a time. All 50,000 of a storm, as they are
// before they are JSON, would be more than all else that the daemon remembers.
const page = 1000

// build makes the body of a delivery, and a message that holds its errors.
func (s *Sender) build(ctx context.Context, d notifier.Delivery) ([]byte, *message.Message, error) {
	n := len(d.Firing) + len(d.Resolved)
	if s.settings.MaxAlerts > 0 || n <= s.page || d.Reason == notifier.ReasonDigest {
		m := s.maker.Make(ctx, d, s.settings.MaxAlerts)
		b, err := Build(m)
		return b, m, err
	}
	whole := s.maker.Make(ctx, d, 1)
	h := head(whole)
	h.TruncatedAlerts = 0
	body, _, err := around(h)
	if err != nil {
		return nil, whole, err
	}
	first := true
	for part := range pages(d, s.page) {
		m := s.maker.Make(ctx, part, 0)
		h.CommonAnnotations = both(h.CommonAnnotations, m.Head(nil).CommonAnnotations)
		whole.Errors = append(whole.Errors, m.Errors...)
		if body, err = appendAlerts(body, m); err != nil {
			return nil, whole, err
		}
		if first { // most pages are as long as this one
			body, first = slices.Grow(body, len(body)*n/s.page), false
		}
	}
	whole.Errors = distinct(whole.Errors)
	_, after, err := around(h)
	return append(body, after...), whole, err
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
