package message

import (
	"fmt"
	html "html/template"
	"path/filepath"
	"strings"
	text "text/template"
	"time"

	"github.com/prometheus/alertmanager/template"
)

// A File is a template file of the user's.
type File struct{ Name, Text string }

// texts are the templates that a message can be written with instead of our own
// words: Alertmanager's defaults and the users' files.
type texts struct {
	text *text.Template
	html *html.Template
}

// ours replaces the two of Alertmanager's default templates that speak of
// Alertmanager itself.
const ours = `{{ define "__alertmanager" }}tocsin{{ end }}{{ define "__alertmanagerURL" }}{{ .ExternalURL }}{{ end }}`

func parse(files []File) (*texts, error) {
	t := &texts{}
	base, err := template.FromGlobs(nil, func(x *text.Template, h *html.Template) { t.text, t.html = x, h })
	if err != nil {
		return nil, fmt.Errorf("default templates: %w", err)
	}
	if err := base.Parse(strings.NewReader(ours)); err != nil {
		return nil, fmt.Errorf("default templates: %w", err)
	}
	for _, f := range files {
		name := filepath.Base(f.Name)
		if _, err := t.text.New(name).Parse(f.Text); err != nil {
			return nil, fmt.Errorf("template file %q: %w", f.Name, err)
		}
		if _, err := t.html.New(name).Parse(f.Text); err != nil {
			return nil, fmt.Errorf("template file %q: %w", f.Name, err)
		}
	}
	return t, nil
}

// Text renders a template of the user's as text; no template is no text. Escape
// is applied to all labels and annotations that it sees, so that mark-up in them
// is not the template's.
func (m *Message) Text(body string, escape func(string) string) (string, error) {
	if body == "" {
		return "", nil
	}
	return m.Texts(escape)(body)
}

// Texts is Text for several templates, which see one and the same data.
func (m *Message) Texts(escape func(string) string) func(body string) (string, error) {
	data := m.Data(escape)
	return func(body string) (string, error) {
		return m.execute(body, &router{message: m, escape: escape}, nil, data)
	}
}

// Execute renders a template over data of the caller's, with functions of the
// caller's besides Alertmanager's and the users' templates.
func (m *Message) Execute(body string, funcs map[string]any, data any) (string, error) {
	return m.execute(body, &router{message: m}, funcs, data)
}

func (m *Message) execute(body string, r *router, funcs map[string]any, data any) (string, error) {
	if !strings.Contains(body, "{{") {
		return body, nil
	}
	t, err := m.texts.text.Clone()
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	t, err = t.New("").Option("missingkey=zero").Funcs(m.clock(r)).Funcs(funcs).Parse(body)
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return b.String(), nil
}

// HTML renders a template of the user's as HTML, escaped by context; no template
// is no HTML.
func (m *Message) HTML(body string) (string, error) {
	if body == "" {
		return "", nil
	}
	t, err := m.texts.html.Clone()
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	t, err = t.New("").Option("missingkey=zero").Funcs(m.clock(&router{message: m})).Parse(body)
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, m.Data(nil)); err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return b.String(), nil
}

// clock binds the functions that know the time to the delivery's, and the one that
// knows the route to its labels.
func (m *Message) clock(r *router) map[string]any {
	return map[string]any{
		"routeLabels": r.label,
		"now":         func() time.Time { return m.At },
		"since":       m.At.Sub,
	}
}
