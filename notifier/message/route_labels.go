package message

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/alertmanager/template"
)

// A router renders the labels of a route, which may call one another.
type router struct {
	message *Message
	escape  func(string) string
	deep    int // calls under way
}

// mostDeep bounds how far labels of a route may call one another: two that call
// each other would never end.
const mostDeep = 8

// all renders every label of the route. One that fails is empty, and its error is
// reported with the message.
func (r *router) all() template.KV {
	kv := template.KV{}
	for _, l := range r.message.RouteLabels {
		text, err := r.label(l.Name)
		if err != nil {
			r.message.report(fmt.Errorf("label %q of the route: %w", l.Name, err))
		}
		kv[l.Name] = text
	}
	return kv
}

// label renders one of them; what the route has not is empty.
func (r *router) label(name string) (string, error) {
	for _, l := range r.message.RouteLabels {
		if l.Name == name {
			return r.render(l.Text)
		}
	}
	return "", nil
}

func (r *router) render(text string) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	if r.deep >= mostDeep {
		return "", fmt.Errorf("labels of the route call one another more than %d deep", mostDeep)
	}
	r.deep++
	defer func() { r.deep-- }()
	return r.message.execute(text, r, nil, r.message.data(r.escape, template.KV{}))
}

// report adds the error of a template, once.
func (m *Message) report(err error) {
	if !slices.ContainsFunc(m.Errors, func(e error) bool { return e.Error() == err.Error() }) {
		m.Errors = append(m.Errors, err)
	}
}
