package request

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// A Request is what is sent: one of the calls of an action.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// errTooLong says that a body is longer than the service takes.
var errTooLong = errors.New("the body is longer than the service takes")

// A sheet is what one rendering works on: a definition, its settings, and as much
// room for our own text and each of the config's as there is (0: any).
type sheet struct {
	definition Definition
	values     map[string]any
	url        string
	secrets    map[string]string
	room       int
}

// requests makes the requests that tell a delivery.
func (s sheet) requests(d notifier.Delivery, m *message.Message) ([]Request, error) {
	in := newData(d, m)
	in.Secret, in.Set = s.secrets, s.set(m)
	if s.room > 0 {
		in.Text = cut(s.room, in.Text)
	}
	address, err := m.Execute(s.url, Functions(), in)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	in.URL = strings.TrimSpace(address)
	var all []Request
	for _, c := range s.definition.Calls(ActionOf(d)) {
		r, err := c.render(m, in)
		if err != nil {
			return nil, err
		}
		if s.definition.Limit > 0 && len(r.Body) > s.definition.Limit {
			return nil, errTooLong
		}
		if r.URL != "" {
			all = append(all, r)
		}
	}
	return all, nil
}

func (c Call) render(m *message.Message, in *data) (r Request, err error) {
	render := func(what, body string) (out string) {
		if err == nil {
			if out, err = m.Execute(body, Functions(), in); err != nil {
				err = fmt.Errorf("%s: %w", what, err)
			}
		}
		return out
	}
	r = Request{Method: c.Method, URL: strings.TrimSpace(render("url", c.URL)), Header: http.Header{}}
	for _, h := range c.Headers {
		r.Header.Set(h.Name, strings.TrimSpace(message.Clean(render("header "+h.Name, h.Value))))
	}
	r.Body = []byte(strings.ToValidUTF8(render("body", c.Body), "\uFFFD"))
	if err == nil && r.URL != "" && isJSON(r.Header.Get("Content-Type")) && len(r.Body) > 0 {
		r.Body, err = compact(r.Body)
	}
	return r, err
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

func compact(body []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, body); err != nil {
		return nil, fmt.Errorf("body: it is no JSON: %w", err)
	}
	return b.Bytes(), nil
}

// set renders the settings. One whose template fails is left out, so that our
// own words take its place, and is an error of the message.
func (s sheet) set(m *message.Message) map[string]any {
	if len(s.values) == 0 {
		return nil
	}
	render := m.Texts(s.escape(m))
	out := map[string]any{}
	for name, value := range sorted(s.values) {
		v, err := s.render(render, value)
		if err != nil {
			m.Errors = append(m.Errors, fmt.Errorf("%s: %w", name, err))
			continue
		}
		out[name] = v
	}
	return out
}

func (s sheet) escape(m *message.Message) func(string) string {
	name, err := m.Execute(s.definition.Escape, nil, struct{ Set map[string]any }{s.values})
	if err != nil {
		m.Errors = append(m.Errors, err)
	}
	return escaper(name)
}

func (s sheet) render(render func(string) (string, error), value any) (any, error) {
	switch v := value.(type) {
	case string:
		out, err := render(v)
		out = message.CleanLines(out)
		if s.room > 0 {
			out = cut(s.room, out)
		}
		return out, err
	case []any:
		out := make([]any, 0, len(v))
		for _, inner := range v {
			r, err := s.render(render, inner)
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		return out, nil
	case map[string]any:
		out := map[string]any{}
		for name, inner := range sorted(v) {
			r, err := s.render(render, inner)
			if err != nil {
				return nil, err
			}
			out[name] = r
		}
		return out, nil
	}
	return value, nil
}

// sorted ranges over a mapping in the order of its keys.
func sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}
