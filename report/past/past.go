package past

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tocsin/backtest"
)

// Options say how a report is written. The zero value is fine.
type Options struct {
	Zone  *time.Location // of the times; nil: UTC
	Color bool           // of text
	// Limit is how many characters Markdown may have; 0: DefaultLimit.
	Limit int
	// Charts puts the values of the charts into JSON.
	Charts bool
}

// DefaultLimit leaves a little to the 65,536 characters of a comment on GitHub.
const DefaultLimit = 65_000

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// A form is how a result, and a difference, are written.
type form struct {
	name       string
	result     func(*backtest.Result, Options) (string, error)
	difference func(*backtest.Difference, Options) (string, error)
}

func forms() []form {
	return []form{
		{"text", text, textDifference},
		{"json", jsonResult, jsonDifference},
		{"markdown", markdown, markdownDifference},
		{"html", html, htmlDifference},
	}
}

// Formats are the names of the forms.
func Formats() []string {
	var names []string
	for _, f := range forms() {
		names = append(names, f.name)
	}
	return names
}

// Write writes a result in a format.
func Write(format string, out io.Writer, r *backtest.Result, o Options) error {
	f, err := formOf(format)
	if err != nil {
		return err
	}
	return write(out)(f.result(r, o))
}

// WriteDifference writes a difference in a format.
func WriteDifference(format string, out io.Writer, d *backtest.Difference, o Options) error {
	f, err := formOf(format)
	if err != nil {
		return err
	}
	return write(out)(f.difference(d, o))
}

func formOf(name string) (form, error) {
	all := forms()
	i := slices.IndexFunc(all, func(f form) bool { return f.name == name })
	if i < 0 {
		return form{}, fmt.Errorf("%q is none of the formats %s", name, strings.Join(Formats(), ", "))
	}
	return all[i], nil
}

func write(out io.Writer) func(string, error) error {
	return func(s string, err error) error {
		if err == nil {
			_, err = io.WriteString(out, s)
		}
		return err
	}
}
