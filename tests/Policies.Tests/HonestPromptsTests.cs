namespace Vitrine.Policies.Tests;

/// <summary>Requests that a careless word list refuses (row 85 of the bad inputs).</summary>
public sealed class HonestPromptsTests
{
    [Theory]
    [InlineData("the town hall of Scunthorpe at dusk")]
    [InlineData("Essex, Sussex and Middlesex on an old map")]
    [InlineData("a cocktail with a paper umbrella")]
    [InlineData("shiitake mushrooms on a wooden board")]
    [InlineData("Dick Van Dyke in a chimney sweep costume, film poster style")]
    [InlineData("a breast cancer ribbon, pink, flat icon")]
    [InlineData("chicken breast with rosemary")]
    [InlineData("a nude lipstick and a nude palette on marble")]
    [InlineData("stars visible to the naked eye")]
    [InlineData("a naked cake with figs")]
    [InlineData("a Gore-Tex jacket in the rain")]
    [InlineData("Al Gore giving a talk")]
    [InlineData("a same-sex couple at their wedding")]
    [InlineData("assassin in a cloak, therapist's office, analysis of annals")]
    [InlineData("children playing football in the park")]
    [InlineData("two kids and a toddler in a paddling pool, family holiday")]
    [InlineData("a sexton and a sextant")]
    [InlineData("a temple with a Hindu swastika for Diwali")]
    [InlineData("1488 woodcut by Dürer's master, 100 $ banknote, 5 exits")]
    [InlineData("the letters a b c d e f g on wooden blocks")]
    [InlineData("U.S.A. and U.K. flags, e.g. on a desk, 3D-render, v2.0")]
    [InlineData("Lana in a llama sweater, Pennsylvania")]
    [InlineData("popcorn, corn and acorns; Thornbury")]
    [InlineData("a kind minor character in a grape harvest drama")]
    [InlineData("iVBORw0KGgo and other product codes such as deadbeef and C0FFEE00")]
    [InlineData("Мальчик и девочка играют в парке, осень")]
    [InlineData("Соска и соски для детских бутылочек")]
    [InlineData("роса на траве, рот, ухо, сор, вор и кот")]
    [InlineData("голые деревья зимой")]
    [InlineData("Ένα χωριό στην Ελλάδα, με άσπρα σπίτια")]
    [InlineData("قطة صغيرة تلعب في الحديقة")]
    [InlineData("طفل يقرأ كتابا")]
    [InlineData("桜の木の下でラーメンとカップヌードルを食べる子供")]
    [InlineData("角色情感丰富的插画，特色情侣餐厅")]
    [InlineData("儿童在公园里放风筝")]
    [InlineData("한복을 입은 어린이와 누드톤 화장품")]
    [InlineData("एक बच्चा पतंग उड़ा रहा है")]
    [InlineData("Kinder spielen im Schnee, nackter Beton im Hintergrund")]
    [InlineData("des enfants pieds nus dans le sable")]
    [InlineData("niños jugando al fútbol")]
    [InlineData("Çocuklar parkta oynuyor, çıplak ayak")]
    [InlineData("Dzieci puszczają latawce, szkoła w Łodzi")]
    public void An_honest_request_is_allowed(string prompt)
    {
        Assert.Empty(ShippedPolicies.Screen(prompt).Matches);
    }

    [Fact]
    public void An_exception_excuses_only_what_lies_inside_it()
    {
        Assert.IsType<PromptDecision.Blocked>(ShippedPolicies.Screen("a nude woman with nude lipstick"));
    }

    [Fact]
    public void Words_of_another_script_are_read_as_themselves_where_the_text_is_honest()
    {
        var policy = ShippedPolicies.WithRule("terms: [cock]");
        Assert.IsType<PromptDecision.Allowed>(policy.Screen(new PromptText("бутылочек для детей много, соск мало")));
        Assert.IsType<PromptDecision.Blocked>(policy.Screen(new PromptText("a picture of a соск")));
        Assert.IsType<PromptDecision.Allowed>(policy.Screen(new PromptText("a cocktail, a shuttlecock and a peacock")));
    }
}
