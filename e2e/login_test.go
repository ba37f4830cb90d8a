package e2e

import "testing"

func TestSignInSaysWhatIsWrongAndLandsOnTheBoard(t *testing.T) {
	d := openDesk(t)
	d.setPassword("olive")
	x := d.browser("").tab(desktop)
	x.open("/incidents")
	x.at("/login?next=%2Fincidents")

	x.open("/login")
	x.expect("401") // the browser notes the status of the refused form
	x.typeInto("#f-login", "olive")
	x.typeInto("#f-password", "not the password\r")
	x.shows(patience, ".error-summary", "Login or password is wrong")
	x.want(`document.querySelector("#f-login").value`, "olive")
	x.want(`document.querySelector("#f-password").value`, "")

	x.typeInto("#f-password", password+"\r")
	x.at("/")
	x.want(`document.querySelector("h1").textContent`, "Board")
	x.shows(patience, "#board", "Payments")
}
