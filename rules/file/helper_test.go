package file

import "fmt"

func placeOf(p *problem) string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }
