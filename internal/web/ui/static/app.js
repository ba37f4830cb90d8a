// The page's script: each module does one thing and finds its elements by data attributes.
import { startClock } from "./js/time.js";
import { startConnection } from "./js/connection.js";
import { startLive } from "./js/live.js";
import { startMorph } from "./js/morph.js";
import { startSelection } from "./js/select.js";
import { startDialogs } from "./js/dialogs.js";
import { startForms } from "./js/forms.js";
import { startKeys } from "./js/keys.js";
import { startPalette } from "./js/palette.js";
import { startSettings } from "./js/settings.js";
import { startTitle } from "./js/title.js";
import { startToasts } from "./js/toast.js";

startClock();
startToasts();
startSettings();
startMorph();
startLive();
startSelection();
startDialogs();
startForms();
startKeys();
startPalette();
startTitle();
startConnection();
