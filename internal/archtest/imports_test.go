package archtest

import (
	"fmt"
	"strings"
)

// checkImports holds every import against the table.
func (h *house) checkImports() []violation {
	var found []violation
	for _, p := range h.packages {
		r, room, ok := rowOf(p.folder)
		if !ok {
			found = append(found, violation{p.files[0].path, fmt.Sprintf("folder %q has no row in the table", p.folder)})
			continue
		}
		for _, f := range p.files {
			for _, spec := range f.ast.Imports {
				if what := judge(p.folder, room, r, f, imported(spec)); what != "" {
					found = append(found, violation{h.where(spec), what})
				}
			}
		}
	}
	return found
}

// judge says what is wrong with one import; "" means nothing.
func judge(folder, room string, r row, f *file, target string) string {
	to, ours := strings.CutPrefix(target, module+"/")
	if !ours {
		return judgeForeign(folder, f, target)
	}
	to = strings.TrimPrefix(to, "internal/")
	if harness(to) {
		if f.test || harness(folder) {
			return ""
		}
		return fmt.Sprintf("%s is for tests only", to)
	}
	switch {
	case within(room, to), fits(r.may, to), fits(feeds[room], to), f.test && fits(testsMay, to):
		return ""
	case strings.HasPrefix(room, "domain/") && strings.HasPrefix(to, "domain/"):
		return judgeRank(room, to)
	}
	return fmt.Sprintf("%s may not import %s (it may import: %s)", folder, to, r.may)
}

// judgeForeign keeps the ground floor on the standard library, whose paths have no dot
// in their first element.
func judgeForeign(folder string, f *file, target string) string {
	first, _, _ := strings.Cut(target, "/")
	if f.test || !within("base", folder) || !strings.Contains(first, ".") {
		return ""
	}
	if _, ok := foreign[folder+" "+target]; ok {
		return ""
	}
	return fmt.Sprintf("%s may import the standard library only, not %s", folder, target)
}

func judgeRank(from, to string) string {
	floors := floorsOf(ranks)
	mine, ok := floors[roomName(from)]
	if !ok {
		return fmt.Sprintf("%s has no rank", from)
	}
	theirs, ok := floors[roomName(to)]
	if !ok {
		return fmt.Sprintf("%s has no rank", to)
	}
	if theirs < mine {
		return ""
	}
	return fmt.Sprintf("%s does not stand below %s: declare a small interface and let app wire it", to, from)
}

// checkRanks wants a rank for every room of the domain, used by others or not.
func (h *house) checkRanks() []violation {
	var found []violation
	floors := floorsOf(ranks)
	for _, p := range h.packages {
		if !strings.HasPrefix(p.folder, "domain/") {
			continue
		}
		if _, ok := floors[roomName(p.folder)]; !ok {
			found = append(found, violation{p.files[0].path, fmt.Sprintf("%s has no rank", p.folder)})
		}
	}
	return found
}

// floorsOf reads the ranks: room name to its place, 0 the lowest. Within a floor places
// go from left to right.
func floorsOf(text string) map[string]int {
	floors := map[string]int{}
	for name := range strings.FieldsSeq(strings.ReplaceAll(text, "|", " ")) {
		floors[name] = len(floors)
	}
	return floors
}

// roomName gives "incident" for "domain/incident/anything".
func roomName(folder string) string { return strings.Split(folder, "/")[1] }

// rowOf finds the row of a folder and the room in it: "domain/incident" for what lies in it.
func rowOf(folder string) (r row, room string, ok bool) {
	for _, r := range table {
		if room, ok := match(r.folder, folder); ok {
			return r, room, true
		}
	}
	return row{}, "", false
}

// match reports whether folder lies in pattern, and in which of its rooms.
func match(pattern, folder string) (room string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(folder, "/")
	if len(have) < len(want) {
		return "", false
	}
	for i, w := range want {
		if w != "*" && w != have[i] {
			return "", false
		}
	}
	return strings.Join(have[:len(want)], "/"), true
}

// fits reports whether folder lies in any of the patterns.
func fits(patterns, folder string) bool {
	for p := range strings.FieldsSeq(patterns) {
		if _, ok := match(p, folder); ok {
			return true
		}
	}
	return false
}

// within reports whether folder is room or lies below it.
func within(room, folder string) bool { return folder == room || strings.HasPrefix(folder, room+"/") }
