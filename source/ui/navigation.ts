/** A place in the wizard. Flows and other entries are named by their position in the menu that was passed in. */
export type Place =
	| {readonly name: 'start'}
	| {readonly name: 'home'}
	| {
			readonly name: 'flow';
			readonly flow: string;
			readonly given: Readonly<Record<string, unknown>>;
			/** What of troubleshooting led here: it decides where to go on after the run. */
			readonly from?: 'fix' | 'bundle' | undefined;
	  }
	| {readonly name: 'recovery'}
	| {readonly name: 'troubleshoot'}
	| {readonly name: 'logs'}
	| {readonly name: 'settings'}
	| {readonly name: 'history'}
	| {readonly name: 'warnings'};

/** The way from the first screen to the present one; never empty. */
export type Navigation = {
	readonly places: readonly [Place, ...Place[]];
	readonly help: boolean;
};

export type NavigationAction =
	| {readonly type: 'open'; readonly place: Place}
	/** Another place instead of the present one, so that Escape does not lead back to it. */
	| {readonly type: 'replace'; readonly place: Place}
	| {readonly type: 'back'}
	/** Forgets the way: the place is the first one from now on. */
	| {readonly type: 'reset'; readonly place: Place}
	| {readonly type: 'toggle-help'};

export function startNavigation(place: Place): Navigation {
	return {places: [place], help: false};
}

export function reduceNavigation(navigation: Navigation, action: NavigationAction): Navigation {
	const [first, ...rest] = navigation.places;
	switch (action.type) {
		case 'open':
			return {places: [first, ...rest, action.place], help: false};
		case 'replace':
			return {places: rest.length === 0 ? [action.place] : [first, ...rest.slice(0, -1), action.place], help: false};
		case 'back':
			if (navigation.help) return {...navigation, help: false};
			return {places: [first, ...rest.slice(0, -1)], help: false};
		case 'reset':
			return {places: [action.place], help: false};
		case 'toggle-help':
			return {...navigation, help: !navigation.help};
		default:
			action satisfies never;
			return navigation;
	}
}

export function currentPlace(navigation: Navigation): Place {
	return navigation.places.at(-1) ?? navigation.places[0];
}
