package request

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Definition is how a service is told.
type Definition struct {
	// URL is the service's own address, where the config says none.
	URL string
	// Escape names what becomes of mark-up in labels that users' texts show; it is
	// a template, for a setting may decide it. Empty: nothing.
	Escape string
	// Limit is the most bytes of a body; 0: any.
	Limit int
	// Seconds is the path in a JSON answer at which the service says how long to
	// wait, such as parameters.retry_after.
	Seconds string
	// RefusedStatus is a status beside the usual ones that means later.
	RefusedStatus int
	// Refused and Rejected are words of an answer that belies its 2xx.
	Refused, Rejected string

	// Raise, Update and Resolve are the calls of each action, made in this order.
	Raise, Update, Resolve []Call
}

// A Call is one request as templates. A call whose URL comes out empty is not
// made.
type Call struct {
	Method  string
	URL     string
	Headers []Header
	Body    string
}

// NewCall makes a call of headers in any order.
func NewCall(method, url string, headers map[string]string, body string) Call {
	c := Call{Method: method, URL: url, Body: body}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		c.Headers = append(c.Headers, Header{Name: name, Value: headers[name]})
	}
	return c
}

// A Header is a header of a call.
type Header struct{ Name, Value string }

// Calls returns those of an action. Without an update, what has changed is
// raised again.
func (d Definition) Calls(a Action) []Call {
	switch a {
	case Resolve:
		return d.Resolve
	case Update:
		if len(d.Update) > 0 {
			return d.Update
		}
	case Raise:
	}
	return d.Raise
}

//go:embed definitions/*.http
var definitions embed.FS

// Known returns the definition of a service that we know.
func Known(service string) (Definition, error) {
	text, err := definitions.ReadFile("definitions/" + service + ".http")
	if err != nil {
		return Definition{}, fmt.Errorf("no definition of %q", service)
	}
	d, err := parse(string(text))
	if err != nil {
		return Definition{}, fmt.Errorf("definition of %q: %w", service, err)
	}
	return d, nil
}

// parse reads a definition in the manner of .http files: comments (#) and values
// (@name = value) in front, then requests, each under a line "### action" or
// "### action, action".
func parse(text string) (Definition, error) {
	var d Definition
	sections := strings.Split("\n"+text, "\n### ")
	for line := range strings.SplitSeq(sections[0], "\n") {
		if err := d.value(line); err != nil {
			return d, err
		}
	}
	for _, s := range sections[1:] {
		actions, request, _ := strings.Cut(s, "\n")
		if err := d.request(actions, request); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (d *Definition) value(line string) (err error) {
	name, value, ok := strings.Cut(line, "=")
	if !ok || !strings.HasPrefix(line, "@") {
		return nil
	}
	value = strings.TrimSpace(value)
	switch strings.TrimSpace(name) {
	case "@url":
		d.URL = value
	case "@escape":
		d.Escape = value
	case "@limit":
		d.Limit, err = strconv.Atoi(value)
	case "@seconds":
		d.Seconds = value
	case "@refused-status":
		d.RefusedStatus, err = strconv.Atoi(value)
	case "@refused":
		d.Refused = value
	case "@rejected":
		d.Rejected = value
	default:
		return fmt.Errorf("unknown value %q", line)
	}
	return err
}

func (d *Definition) request(actions, text string) error {
	head, body, _ := strings.Cut(text, "\n\n")
	first, rest, _ := strings.Cut(head, "\n")
	method, address, ok := strings.Cut(strings.TrimSpace(first), " ")
	if !ok {
		return fmt.Errorf("no method and address in %q", first)
	}
	c := Call{Method: method, URL: address, Body: strings.TrimSpace(body)}
	for line := range strings.SplitSeq(rest, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			c.Headers = append(c.Headers, Header{name, value})
		}
	}
	for name := range strings.SplitSeq(actions, ", ") {
		switch name {
		case Raise.String():
			d.Raise = append(d.Raise, c)
		case Update.String():
			d.Update = append(d.Update, c)
		case Resolve.String():
			d.Resolve = append(d.Resolve, c)
		default:
			return fmt.Errorf("unknown action %q", name)
		}
	}
	return nil
}
