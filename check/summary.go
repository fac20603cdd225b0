package check

import "fmt"

// Summary says in one line what was checked and found.
func (r Report) Summary() string {
	s := fmt.Sprintf("%s in %s: ", count(len(r.Rules), "rule"), count(len(r.Files), "file"))
	switch {
	case len(r.Problems) == 0:
		return s + "no problems"
	case r.Errors() == 0:
		return s + count(r.Warnings(), "warning")
	case r.Warnings() == 0:
		return s + count(r.Errors(), "error")
	}
	return s + count(r.Errors(), "error") + ", " + count(r.Warnings(), "warning")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
