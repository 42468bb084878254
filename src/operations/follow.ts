import { type Course, within } from '../core/course.ts';
import type { Run } from './run.ts';

/** An operation's steps, in their order, with the seconds that each is foreseen to take. */
export type Foreseen<Name extends string> = Readonly<Record<Name, number | undefined>>;

export interface Followed<Name extends string> {
  /** The same run, whose progress is that of this step of it. */
  step(name: Name): Run;
  /** Corrects what was foreseen, once more is known. */
  foresee(seconds: Partial<Foreseen<Name>>): void;
}

/** Lets an operation tell where in the whole of it its progress belongs. It tells, and changes nothing else. */
export function follow<Name extends string>(run: Run, foreseen: Foreseen<Name>): Followed<Name> {
  let seconds: Partial<Foreseen<Name>> = foreseen;
  const names = Object.keys(foreseen) as Name[];
  const courses = new Map<Name, Course>();
  const courseAt = (name: Name): Course => {
    const course = courses.get(name) ?? {
      steps: names.map((step) => ({ name: step, seconds: seconds[step] })),
      at: names.indexOf(name),
    };
    courses.set(name, course);
    return course;
  };
  return {
    step: (name) => ({
      ...run,
      onProgress: (progress) =>
        run.onProgress({ ...progress, course: within(courseAt(name), progress.course) }),
    }),
    foresee: (corrected) => {
      seconds = { ...seconds, ...corrected };
      courses.clear();
    },
  };
}
