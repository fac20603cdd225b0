package main

import (
	"fmt"
	"strings"

	"tocsin/rules/file"
)

// explained finds a code by number or name.
func explained(word string) (file.Entry, error) {
	e, near, ok := file.Explain(word)
	switch {
	case ok:
		return e, nil
	case near != "":
		return e, usageError("there is no code %q: did you mean %s?", word, near)
	}
	return e, usageError("there is no code %q: docs/check.md lists them", word)
}

// explain prints all that there is to say of a code.
func (c checkCommand) explain(w process) error {
	e, err := explained(c.Explain)
	if err != nil {
		return err
	}
	head := fmt.Sprintf("%s %s (%s)", e.Code, e.Name, e.Kind())
	_, err = fmt.Fprintln(w.out, strings.Join(append([]string{head}, paragraphs(e)...), "\n\n"))
	return err
}

// paragraphs explain a code: what, why, how to mend it and how to switch it off.
func paragraphs(e file.Entry) []string {
	all := []string{e.Text}
	if e.Why != "" {
		all = append(all, e.Why)
	}
	all = append(all, "Fix: "+e.Fix)
	if e.Before != "" {
		all = append(all, "Before:\n"+indented(e.Before), "After:\n"+indented(e.After))
	}
	switch {
	case e.Code == file.CodeRefused:
		return append(all, "It is a mistake: the rule cannot work at this source, and no comment switches it off.")
	case !e.Warning:
		return append(all, "It is a mistake: the daemon refuses the file, and no comment switches it off.")
	case e.Code[1] == '9':
		return append(all, "It is about the comments themselves, and no comment switches it off.")
	}
	return append(all, "To switch it off, at the end of the line, or above a key, a rule or the whole file, with an end if there is one:\n"+
		indented(fmt.Sprintf("# tocsin:ignore %s reason in words until 2026-12-31", e.Code)))
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
