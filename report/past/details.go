package past

import "strings"

// Details are what is told of a rule in Markdown, folded: the most important part
// first.
type details struct {
	summary string
	parts   []string
}

// mostWhole is how many rules keep all their parts while others lose some.
const mostWhole = 3

// write is the element with so many parts.
func (d details) write(open bool, parts int) string {
	head := "<details><summary>"
	if open {
		head = "<details open><summary>"
	}
	return head + d.summary + "</summary>\n\n" + strings.Join(d.parts[:min(parts, len(d.parts))], "\n") + "\n</details>\n\n"
}

// details adds what is told of rules, and returns of how many nothing is: as many
// parts of each as leave room for all of them.
func (p *page) details(all []details) (left int) {
	most := 1
	for _, d := range all {
		most = max(most, len(d.parts))
	}
	for parts := most; parts > 0; parts-- {
		var b strings.Builder
		for i, d := range all {
			b.WriteString(d.share(i, parts))
		}
		if p.add(b.String()) {
			return 0
		}
	}
	for i, d := range all {
		if !p.add(d.share(i, 1)) && !p.add(d.write(false, 1)) {
			left++
		}
	}
	return left
}

// share is what the nth of all is written with, if most have so many parts.
func (d details) share(n, parts int) string {
	if n < mostWhole {
		parts = len(d.parts)
	}
	return d.write(n == 0, parts)
}
